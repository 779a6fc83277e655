Feature: Key pair / 鍵ペア
  Made inside the GP-SE; only the public key comes out.

  Background:
    Given a terminal that has selected the JPKI application

  @REQ-1-1-a @needs.key.generate @destructive
  Scenario Outline: A 2048-bit pair is made inside / 2048ビットの鍵ペアを内部で生成する
    Given the administrator has authenticated
    When a key pair is generated for the <key> key
    Then a public key of 2048 bits comes out

    Examples:
      | key       |
      | user      |
      | signature |

  @REQ-1-1-a @needs.key.generate @destructive
  Scenario: Every key pair is a new one / 鍵ペアは毎回新しい
    Given the administrator has authenticated
    When two key pairs are generated for the user key
    Then they are two

  @REQ-1-1-a @needs.key.generate @destructive
  Scenario Outline: Only the administrator has keys made / 鍵生成は管理者に限る
    When a key pair is generated for the <key> key
    Then it is refused with 6982
    And the <key> key is the one it was

    Examples:
      | key       |
      | user      |
      | signature |

  @REQ-1-1-a @needs.pin.auth @needs.pin.sign
  Scenario: No way of reading leads to a private key / 秘密鍵はどの手段でも読めない
    Given the holder has entered the right user PIN
    And the holder has entered the right password
    When every file from 0001 to 001F is read in every way
    Then no file but the known ones gives a byte

  @REQ-1-1-i @needs.key.generate @destructive
  Scenario: A new key signs, and its public key verifies / 新しい鍵の署名が検証できる
    Given the administrator has authenticated
    When key pairs are generated for both keys
    Then every new key passes the public checks
    And a signature by each verifies with the public key that came out
