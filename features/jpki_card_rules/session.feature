Feature: Session state / セッション状態
  What was proved holds until the application is selected again or the power goes.

  Background:
    Given a terminal that has selected the JPKI application

  @JPKI-J-01 @needs.pin.auth @needs.pin.sign
  Scenario: SELECT ends both verifications / AP選択で照合状態が消える
    Given the holder has entered the right user PIN
    And the holder has entered the right password
    When the terminal selects the application again
    Then the user key refuses to sign
    And the signature key refuses to sign

  @JPKI-J-02 @needs.pin.auth @needs.pin.sign
  Scenario: The user PIN does not open the signature key / 利用者証明用暗証番号では署名できない
    Given the holder has entered the right user PIN
    Then the signature key refuses to sign
    But the user key signs

  @JPKI-J-02 @needs.pin.auth @needs.pin.sign
  Scenario: The password does not open the user key / 署名用パスワードでは利用者証明できない
    Given the holder has entered the right password
    Then the user key refuses to sign
    But the signature key signs

  @JPKI-J-02 @needs.sign.variants @needs.pin.auth @needs.pin.sign
  Scenario: Without its PIN a key signs in no variant / 照合なしではどの方式でも署名できない
    Then the user key refuses to sign in every variant
    And the signature key refuses to sign in every variant

  @JPKI-J-02 @needs.sign.variants @needs.pin.auth @needs.pin.sign
  Scenario Outline: The other PIN opens no variant / 他方の暗証番号ではどの方式でも署名できない
    Given the holder has entered the right <secret>
    Then the <key> key refuses to sign in every variant

    Examples:
      | secret   | key       |
      | user PIN | signature |
      | password | user      |

  @JPKI-J-10 @needs.pin.auth
  Scenario: A power cycle gives no try back / 電源断で残回数は戻らない
    Given the holder has entered a wrong user PIN
    When the card loses its power and comes back
    Then as many tries of the user PIN are left as before

  @JPKI-J-10 @needs.pin.auth @needs.pin.sign
  Scenario: A power cycle ends verifications / 電源断で照合状態が消える
    Given the holder has entered the right user PIN
    And the holder has entered the right password
    When the card loses its power and comes back
    Then the user key refuses to sign
    And the signature key refuses to sign

  @JPKI-J-10 @needs.pin.auth
  Scenario: Nothing survives before the application is selected / 選択前には何も残らない
    Given the holder has entered the right user PIN
    And the terminal has selected EF 0006
    When the card loses its power and nothing is selected
    Then no command of the application is executed

  @JPKI-J-10
  Scenario: No file stays selected over a power cycle / 電源断でEF選択が消える
    Given the terminal has selected EF 0006
    When the card loses its power and comes back
    And the terminal reads with no file selected
    Then it is refused with 6986

  @JPKI-J-09
  Scenario: Foreign applications are not there / 他のAPは存在しない
    When a terminal probes for 27 foreign applications
    Then each of them is refused with 6A82
    And the JPKI application can still be selected

  @JPKI-J-09
  Scenario: What the card does not know it refuses by the standard's words / 未知の命令への応答
    When unknown instructions, classes and files are sent
    Then each has the status word of its kind

  @JPKI-J-09
  Scenario: Without a file selected nothing is read / EF未選択では読めない
    When the terminal reads with no file selected
    Then it is refused with 6986
