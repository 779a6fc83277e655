Feature: Secrecy of logs / ログの秘匿
  What is written down about a session helps to find faults and holds no secret.

  @REQ-4-2-b @needs.log.diagnostic @needs.pin.auth @needs.pin.sign @destructive
  Scenario: The target's own log holds no PIN / 対象のログに暗証番号が残らない
    Given a terminal that has selected the JPKI application
    When PINs are entered rightly, wrongly, changed and unblocked
    Then the target's log tells of it
    And none of the PINs is in it as text, hex or base64
