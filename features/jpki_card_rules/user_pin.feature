Feature: User PIN / 利用者証明用暗証番号
  Four digits, three tries. A try is gone for good until the right PIN restores it.

  Background:
    Given a terminal that has selected the JPKI application

  @JPKI-PIN-01 @needs.pin.auth @destructive
  Scenario: The third wrong PIN blocks / 3回目の誤りで閉塞する
    When the holder enters a wrong user PIN 3 times
    Then the card counts down 2, 1, 0
    And the right user PIN opens nothing

  @JPKI-PIN-01 @needs.pin.auth
  Scenario: The right PIN restores all tries / 正しい暗証番号で残回数が戻る
    Given the holder has entered a wrong user PIN
    When the holder enters the right user PIN
    Then 3 tries of the user PIN are left

  @JPKI-PIN-01 @needs.pin.auth
  Scenario: A wrong PIN takes the right back / 誤った入力で認証状態が失われる
    Given the holder has entered the right user PIN
    When the holder enters a wrong user PIN 1 time
    Then the user key refuses to sign

  @JPKI-PIN-01 @needs.pin.change
  Scenario: Nobody changes a PIN he has not proved to know / 照合なしに変更できない
    When a change of the user PIN to "4711" is asked for
    Then it is refused with 6982
    And the old user PIN is still right

  @JPKI-PIN-01 @needs.pin.change @destructive
  Scenario Outline: A user PIN is four digits / 暗証番号は数字4桁に限る
    Given the holder has entered the right user PIN
    When a change of the user PIN to "<new>" is asked for
    Then it is refused
    And the old user PIN is still right

    Examples:
      | new   |
      | 123   |
      | 12345 |
      | 12A4  |

  @JPKI-PIN-01 @needs.pin.change @destructive
  Scenario: The holder changes his PIN / 利用者が暗証番号を変更する
    Given the holder has entered the right user PIN
    When the user PIN is changed to "4711" and back
    Then each of them was right in its time

  @JPKI-PIN-01 @needs.pin.unblock @destructive
  Scenario: The administrator lifts a block / 管理者が閉塞を解除する
    Given the holder has blocked the user PIN
    And the administrator has authenticated
    When the user PIN is unblocked
    Then the right user PIN is accepted

  @JPKI-PIN-01 @needs.pin.unblock @destructive
  Scenario: Nobody else lifts a block / 管理者以外は閉塞を解除できない
    Given the holder has blocked the user PIN
    When the user PIN is unblocked
    Then it is refused with 6982
    And 0 tries of the user PIN are left

  @JPKI-PIN-01 @needs.pin.unblock @destructive
  Scenario: A challenge is good for one proof / チャレンジは一度しか使えない
    Given the administrator has authenticated
    When the same cryptogram is sent again
    Then it is refused

  @JPKI-PIN-01 @needs.pin.unblock @destructive
  Scenario Outline: A wrong proof makes no administrator / 誤った認証子では管理者になれない
    When a cryptogram <wrong> is sent
    Then it is refused
    When the user PIN is unblocked
    Then it is refused with 6982

    Examples:
      | wrong                 |
      | with one bit changed  |
      | made by another key   |
      | of an older challenge |

  @JPKI-PIN-01 @needs.challenge.get
  Scenario: No challenge comes twice / 同じチャレンジは二度と出ない
    When 50 challenges of 8 bytes are asked for
    Then each of them is 8 bytes long
    And no two of them are equal

  @JPKI-PIN-01 @needs.challenge.get
  Scenario Outline: A challenge is as long as it was asked for / チャレンジは要求した長さで返る
    When 2 challenges of <count> bytes are asked for
    Then each of them is <count> bytes long

    Examples:
      | count |
      | 1     |
      | 8     |
      | 16    |
      | 255   |
      | 256   |

  @JPKI-J-03 @needs.pin.auth
  Scenario: Asking for the tries left costs nothing / 残回数照会は状態を変えない
    Given the holder has entered the right user PIN
    When the tries of the user PIN are asked 5 times
    Then every answer tells the same number of tries
    And the user key signs

  @JPKI-J-04 @needs.pin.auth @destructive
  Scenario: A blocked PIN says so when asked / 閉塞後の照会は63C0を返す
    Given the holder has blocked the user PIN
    Then the retry query of the user PIN answers 63C0

  @JPKI-J-06 @needs.pin.auth @destructive
  Scenario: VERIFY of a blocked PIN has its own status word / 閉塞後の照合の応答
    Given the holder has blocked the user PIN
    When the holder enters a wrong user PIN 1 time
    Then the status word of a blocked PIN comes

  @JPKI-J-06 @needs.specimen.renew @destructive
  Scenario: The plastic card has another one / カード版は別の応答を返す
    Given a terminal that has selected the application of a plastic card
    And the holder has blocked the user PIN
    When the holder enters a wrong user PIN 1 time
    Then the status word of a blocked PIN comes
