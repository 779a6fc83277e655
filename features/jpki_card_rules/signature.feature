Feature: Signature / 署名
  256 bytes, at once, and the same that any RSA library makes.

  Background:
    Given a terminal that has selected the JPKI application

  @JPKI-J-05 @needs.pin.auth
  Scenario: The signature comes in one answer / 署名は一つの応答で返る
    Given the holder has entered the right user PIN
    When the user key signs a document
    Then 256 bytes come with 9000 and without GET RESPONSE

  @JPKI-SIG-01 @needs.pin.auth @needs.pin.sign
  Scenario Outline: Both keys sign what openssl accepts / 両鍵の署名が検証できる
    Given the holder has entered the right <secret>
    When the <key> key signs a document
    Then the signature verifies with the public key of the <key> key

    Examples:
      | secret   | key       |
      | user PIN | user      |
      | password | signature |
