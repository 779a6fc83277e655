Feature: Coexistence on one GP-SE / GP-SE上での共存
  Applets of other services share the chip with JPKI: they make no difference, and where two want it
  at once, or no memory is left, the error is a known one and leaves everything as it was.

  @REQ-6-3-a @needs.platform.load @needs.platform.foreign_applets @needs.platform.channels @needs.pin.auth @destructive
  Scenario: Other applets are used while the holder signs / 署名中に他サービスのアプレットが使われる
    Given a GP-SE with the applets of other services
    And an app with a JPKI session on a channel of its own
    When every other applet is selected and used on another channel
    Then the user key of the session signs as before

  @REQ-6-3-b @needs.platform.channels @needs.pin.auth
  Scenario: A second app waits for the first / 後から来たアプリは先のアプリの終了を待つ
    Given an app with a JPKI session on a channel of its own
    When a second app selects JPKI on another channel
    Then it gets in or is told by a known word that JPKI is in use
    And the user key of the session signs as before
    When the first app closes its channel
    Then the second app gets in, and no PIN has been entered for it

  @REQ-6-3-c @needs.platform.load @needs.platform.foreign_applets @needs.platform.memory_fill @needs.platform.registry @needs.pin.auth @destructive
  Scenario: A full GP-SE refuses one more applet / 空き容量のないGP-SEは追加のアプレットを拒否する
    Given a GP-SE whose memory is full
    And an app with a JPKI session on a channel of its own
    When one more applet is loaded from another channel
    Then it is refused by a known word
    And nothing of it is on the card
    And the user key of the session signs as before
    When memory is freed
    Then the applet can be loaded, installed and selected
