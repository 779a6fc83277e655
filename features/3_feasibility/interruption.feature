Feature: Interruption / セッション中断
  Whenever the power fails, the card comes back in the old state or the new one, and shut.

  Background:
    Given a terminal that has selected the JPKI application

  @REQ-3-2-d @needs.power.cut @needs.specimen.renew @destructive
  Scenario: A guess that is cut off is paid for / 中断された照合も1回と数える
    When the power fails at every write of a VERIFY with the right user PIN
    Then somewhere on its way the try was paid and not yet given back
    And after each failure the user key refuses to sign

  @REQ-3-2-d @needs.power.cut @needs.specimen.renew @destructive
  Scenario: A wrong guess is never refunded / 誤照合は中断しても戻らない
    When the power fails at every write of a VERIFY with a wrong user PIN
    Then the tries left are all or one less, and never more once they were fewer

  @REQ-3-2-d @needs.power.cut @needs.specimen.renew @destructive
  Scenario: A cut-off change leaves one PIN / 中断された変更は旧か新のいずれかを残す
    When the power fails at every write of a change of the user PIN
    Then the old PIN with its tries or the new PIN with all tries is in force

  @REQ-3-2-d @needs.power.cut @needs.specimen.renew @destructive
  Scenario: A cut-off unblocking leaves one PIN / 中断された解除も旧か新のいずれかを残す
    When the power fails at every write of an unblocking with two tries left
    Then the old PIN with its tries or the new PIN with all tries is in force

  @REQ-3-2-d @needs.power.cut @needs.specimen.renew @destructive
  Scenario: A cut-off key generation leaves one key / 中断された鍵生成は旧か新の鍵を残す
    When the power fails at writes of a key generation
    Then the old key with its certificate or the new key without one is there
