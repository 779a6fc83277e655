Feature: Files / ファイル
  Certificates, their CAs and the token information, each with its own condition.

  Background:
    Given a terminal that has selected the JPKI application

  @JPKI-J-08 @needs.pin.sign
  Scenario: The signature certificate is behind the password / 署名用証明書はパスワードで保護される
    Then EF 0001 cannot be read
    And the other files can still be read

  @JPKI-EF-01 @needs.pin.auth
  Scenario: The user certificate is behind the PIN on a phone / スマホでは利用者証明用証明書も保護される
    Then EF 000A can be read only if the profile says so
    When the holder enters the right user PIN
    Then EF 000A holds a certificate

  @JPKI-EF-01 @needs.certificate.store @needs.pin.auth @needs.pin.sign @destructive
  Scenario Outline: Nobody but the administrator writes a certificate / 証明書の書込みは管理者に限る
    Given the holder has opened and read the <certificate> certificate
    When another <certificate> certificate is written
    Then it is refused with 6982
    And the <certificate> certificate is the one it was

    Examples:
      | certificate  |
      | user         |
      | signature    |
      | user CA      |
      | signature CA |

  @JPKI-EF-01 @needs.certificate.store @needs.pin.auth @needs.pin.sign @destructive
  Scenario Outline: The administrator stores a certificate / 管理者が証明書を格納する
    Given the holder has opened and read the <certificate> certificate
    And the administrator has authenticated
    When another <certificate> certificate is written
    Then it is read back byte for byte
    And the <certificate> certificate can be put back

    Examples:
      | certificate  |
      | user         |
      | signature    |
      | user CA      |
      | signature CA |

  @JPKI-EF-01 @needs.specimen.renew
  Scenario: The user certificate is free on plastic / カードでは利用者証明用証明書は自由に読める
    Given a terminal that has selected the application of a plastic card
    Then EF 000A can be read only if the profile says so

  @JPKI-TOK-01 @needs.ef.token
  Scenario: The token says what it is / トークン情報が種別を示す
    When the token information is read
    Then it is 160 bytes long
    And its label is the one of the profile
    And its numbers are those of a PKCS#11 token with 6 to 16 characters

  @JPKI-TOK-01 @needs.specimen.renew
  Scenario: A plastic card says so too / カードはカードのラベルを示す
    Given a terminal that has selected the application of a plastic card
    When the token information is read
    Then its label is the one of the profile

  @JPKI-J-07
  Scenario: The end of a file is the end / ファイルの終端を越えて読めない
    When the terminal reads around the end of the CA certificate
    Then it gets the bytes up to the end and none beyond

  @JPKI-J-07 @needs.apdu.extended
  Scenario: One extended command reads what many short ones read / 拡張長で一度に読んでも同じ
    When the CA certificate is read in pieces and by one extended command
    Then both give the same whole file
