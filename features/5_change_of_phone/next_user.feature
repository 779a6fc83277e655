Feature: The next user of a phone / 端末の次の利用者
  A phone is sold with what its SE holds. Issuance for its next user overwrites that.

  @REQ-5-1-d
  Scenario Outline: The next user overwrites what the former one left / 次の利用者への発行で上書きされる
    Given a person with an issued phone
    And what the phone shows its holder is noted
    When the phone is given to its next user <how>
    And the next user has it issued with the PIN 9753 and the password NEXT2USER
    Then the PIN 9753 and the password NEXT2USER open certificates and keys
    And no certificate is one of the former user's, and no key fits it
    And the former user's PIN and password open nothing

    Examples:
      | how                   |
      | as it is              |
      | after a factory reset |
