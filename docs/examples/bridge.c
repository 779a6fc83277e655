/* An `exec:` program in C99: replace the two functions at the top by those of your bench.
 *   cc -std=c99 -Wall -Wextra -o bridge bridge.c
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 1 << 17 };

/* Each writes its answer and returns its length, or -1 and a reason in `answer` when the bench failed. */
static long card_reset(uint8_t *answer)
{
    static const uint8_t atr[] = {0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14};
    memcpy(answer, atr, sizeof atr);
    return (long)sizeof atr;
}

static long card_transmit(const uint8_t *command, size_t length, uint8_t *answer)
{
    (void)command;
    (void)length;
    answer[0] = 0x6A; /* a card without any application */
    answer[1] = 0x82;
    return 2;
}

static int read_request(uint8_t *request, size_t *length)
{
    uint8_t head[4];
    if (fread(head, 1, 4, stdin) != 4)
        return 0;
    *length = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    if (*length == 0 || *length > LONGEST) {
        fprintf(stderr, "a request of %zu bytes\n", *length);
        return 0;
    }
    return fread(request, 1, *length, stdin) == *length;
}

static void send_answer(const uint8_t *answer, size_t length)
{
    const uint8_t head[4] = {(uint8_t)(length >> 24), (uint8_t)(length >> 16), (uint8_t)(length >> 8),
                             (uint8_t)length};
    fwrite(head, 1, 4, stdout);
    fwrite(answer, 1, length, stdout);
    fflush(stdout);
}

int main(void)
{
    static uint8_t request[LONGEST], answer[LONGEST];
    size_t length;
    while (read_request(request, &length)) {
        long got = -2;
        if (request[0] == 'R')
            got = card_reset(answer + 1);
        else if (request[0] == 'T')
            got = card_transmit(request + 1, length - 1, answer + 1);
        answer[0] = got == -2 ? 'U' : got == -1 ? 'E' : 'A';
        send_answer(answer, 1 + (got >= 0 ? (size_t)got : got == -1 ? strlen((char *)answer + 1) : 0));
    }
    return 0;
}
