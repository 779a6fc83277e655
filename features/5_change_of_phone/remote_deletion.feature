Feature: The old phone / 旧端末
  Who applies on a new phone leaves an old one behind: its certificates are revoked, its applet is deleted from afar, and
  what cannot be deleted is never called so.

  Background:
    Given a person with an issued old phone and a new phone

  @REQ-5-2-n
  Scenario: Remote deletion runs in the fourteen steps of the deck / リモート削除は14手順を順に実行する
    Given everybody works as soon as there is something to do
    When the new phone is issued and all that waits is done
    Then one message was sent
    And the fourteen steps were executed in order, each once

  @REQ-5-2-a
  Scenario: The old phone is deleted without anybody operating it / 本人操作なしに旧端末が削除される
    When the new phone is issued
    And all that waits is done
    Then the applet of the old phone is gone
    And the deletion is reported as deleted
    And nobody was asked anything after the new phone was issued
    And the new phone works

  @REQ-5-1-a
  Scenario: Nothing comes back with a new instance / 再導入しても鍵・証明書は戻らない
    Given what the old phone shows its holder is noted
    When the new phone is issued and all that waits is done
    Then no certificate can be read on the old phone
    When a new instance is installed on the old phone and not yet issued
    Then neither PIN nor certificate nor key of before is there

  @REQ-5-1-b
  Scenario: A phone that is off-line is pending and keeps its data / オフラインの旧端末は削除未完了のまま
    Given the old phone is off-line
    When the new phone is issued
    Then the deletion stays pending through three rounds of messages
    And the applet of the old phone is there
    When the old phone is on-line again
    And all that waits is done
    Then the applet of the old phone is gone, or else it is not for this requirement
    And the deletion is reported as deleted

  @REQ-5-1-b
  Scenario: A phone whose app is gone is pending / アプリのない旧端末は削除未完了のまま
    Given the old phone has had a factory reset
    When the new phone is issued and all that waits is done
    Then the deletion is reported as pending
    And the applet of the old phone is there
