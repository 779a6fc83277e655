Feature: Signature password / 署名用パスワード
  6 to 16 upper-case letters and digits, five tries.

  Background:
    Given a terminal that has selected the JPKI application

  @JPKI-PIN-02 @needs.pin.sign @destructive
  Scenario: The fifth wrong password blocks / 5回目の誤りで閉塞する
    When the holder enters a wrong password 5 times
    Then the card counts down 4, 3, 2, 1, 0
    And the right password opens nothing

  @JPKI-PIN-02 @needs.pin.sign
  Scenario Outline: Almost right is wrong / 惜しい入力は誤りである
    When the holder enters the password <almost>
    Then it counts as a wrong password

    Examples:
      | almost                    |
      | without its last letter   |
      | with another last letter  |
      | with one letter more      |
      | in lower case             |

  @JPKI-PIN-02 @needs.pin.change @destructive
  Scenario Outline: A password is 6 to 16 capitals and digits / 英大文字と数字6〜16桁に限る
    Given the holder has entered the right password
    When a change of the password to "<new>" is asked for
    Then it is refused
    And the old password is still right

    Examples:
      | new    |
      | ABC12  |
      | abc123 |
      | ABC-12 |

  @JPKI-PIN-02 @needs.pin.change @destructive
  Scenario Outline: The shortest and the longest are taken / 最短と最長は受け付ける
    Given the holder has entered the right password
    When the password is changed to "<new>" and back
    Then each of them was right in its time

    Examples:
      | new              |
      | ABC123           |
      | ABCDEFGH12345678 |
