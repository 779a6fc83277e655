Feature: Flows of the services / 基本フロー
  Issuance, renewal and the other basic flows run by their definition, and leave chip, SP-TSM and JPKI system agreed.

  @REQ-3-1-a @needs.tsm.sp @needs.services.jpki @needs.certificate.store
  Scenario: Issuance runs in the nine sections of the deck / 発行は九つの区間を順に実行する
    Given a person with a My Number Card and a new phone
    When the user has the phone issued
    Then the steps of issuance were executed in order, each once
    And the chip holds both certificates as the JPKI system issued them
    And the SP-TSM binds two certificates to the SE
    And all parties agree

  @REQ-3-1-b
  Scenario Outline: Renewal replaces both certificates / 更新は両方の証明書を置き換える
    Given a person with an issued phone
    And the My Number Card is <card>
    When the user renews the certificates
    Then the steps of <flow> were executed in order, each once
    And both certificates are new
    And all parties agree

    Examples:
      | card     | flow                           |
      | the same | renewal                        |
      | renewed  | renewal after that of the card |

  @REQ-3-1-b
  Scenario: The user revokes what is on the phone at hand / 利用者による失効
    Given a person with an issued phone
    When the user revokes the certificates
    Then the steps of revocation were executed in order, each once
    And the SP-TSM calls all certificates revoked
    And all parties agree

  @REQ-3-1-b
  Scenario: An invalidated card ends the phone too / カードの失効に伴う失効
    Given a person with an issued phone
    When the municipality invalidates the lost card
    Then the SP-TSM calls all certificates revoked
    And the deletion of the applet is ordered
    And all parties agree

  @REQ-3-1-b
  Scenario: A suspension deletes nothing / 一時停止では削除しない
    Given a person with an issued phone
    When the call centre suspends what is on the phone
    Then the SP-TSM calls all certificates held
    And no deletion is ordered
    And all parties agree

  @REQ-3-1-b
  Scenario: A blocked PIN is unblocked with the card / ロックされた暗証番号はカードで解除する
    Given a person with an issued phone
    And the user PIN is blocked
    When the user unblocks the phone with the card and the new PIN 8642
    Then the steps of unblocking were executed in order, each once
    And the PIN 8642 is in force
    When the user unblocks the phone with the card and the new PIN 1357
    Then the steps of unblocking were executed in order, each once
    And all parties agree

  @REQ-3-1-b
  Scenario: Nobody unblocks the phone of another person / 他人の端末は解除できない
    Given a person with an issued phone
    And the phone is in the hands of a thief who has a card of his own
    When the thief unblocks it with his card
    Then the phone is not unblocked

  @REQ-3-1-b
  Scenario: The user changes PIN and password / 暗証番号とパスワードの変更
    Given a person with an issued phone
    When the user changes the PIN to 9753 and the password to CHANGED77
    Then the PIN 9753 and the password CHANGED77 open certificates and keys

  @REQ-3-1-b
  Scenario: A person changes phones, there and back / 機種変更とその逆
    Given a person with an issued phone
    When the person changes to a second phone and back to the first
    Then the certificates in force are those of the first phone alone
