Feature: Phones on card readers / ICカードリーダと端末
  A My Number card speaks type B only, a phone type A and mostly type B. What a reader probes first, and what it
  makes of two answers, decides which of them is spoken.

  @REQ-6-6-d @needs.contactless.poll_order @needs.contactless.position @needs.contactless.type_a @needs.contactless.type_b
  Scenario: The reader's loop and the phone decide the type / リーダのポーリングと端末により通信タイプが決まる
    When each kind of phone is held to a reader under each of these loops
      | loop | round                   | two answers     | card of type B | phone of type A | phone that silences one type | phone of both types |
      | A, B | ends at the first       | first           | B              | A               | A                            | A                   |
      | A, B | whole                   | first           | B              | A               | A                            | A                   |
      | A, B | whole                   | prefer B        | B              | A               | A                            | B                   |
      | A, B | whole, field off inside | prefer B        | B              | A               | B                            | B                   |
      | A, B | whole                   | collision error | B              | A               | A                            | COLLISION           |
      | B, A | ends at the first       | first           | B              | A               | B                            | B                   |
      | B    | ends at the first       | first           | B              | NONE            | B                            | B                   |
      | A    | ends at the first       | first           | NONE           | A               | A                            | A                   |
    Then each speaks the type in its column

  @REQ-6-6-a @needs.contactless.touch @needs.contactless.position
  Scenario: A phone brings the same by touch as by its own way / かざし利用でも端末内と同じ応答が得られる
    When each phone is held to each reader that takes its type
    Then every touch brings what the application answers by its own way
