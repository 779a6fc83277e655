Feature: Access rules and PIN / アクセス制御とPIN
  An app that no rule names does not reach the JPKI application at all; the app that a rule names
  reaches it, and can do there what the holder's PIN allows.

  Background:
    Given a phone on which one app has a rule for the JPKI application

  @REQ-2-1-m @needs.platform.omapi_access @destructive
  Scenario: An app that no rule names opens no channel / ルールのないアプリはチャネルを開けない
    When another app asks for the JPKI application
    Then it is refused, by its whole name and by every part of it
    And it is refused the application that is selected by default

  @REQ-2-1-m @needs.platform.omapi_access @destructive
  Scenario: A rule for another app is no rule for this one / 他のアプリのルールは効かない
    Given a rule that lets all apps reach the JPKI application
    When another app asks for the JPKI application
    Then it is refused, by its whole name and by every part of it

  @REQ-2-1-m @needs.platform.omapi_access @needs.pin.auth @needs.pin.change @destructive
  Scenario: The app that a rule names still needs the PIN / ルールのあるアプリにもPINが必要
    When the app with the rule opens a channel to the JPKI application
    Then it can neither sign with the user key nor change the user PIN
    And after the holder has entered the user PIN it can sign with the user key

  @REQ-2-1-m @needs.platform.omapi_access @needs.pin.auth @destructive
  Scenario: A PIN that was entered ends with its channel / PIN照合はチャネルとともに終わる
    Given the app with the rule has a channel on which the user PIN was entered
    When the channel is closed and another one is opened
    Then it can not sign with the user key

  @REQ-2-1-m @needs.platform.omapi_access @needs.pin.auth @destructive
  Scenario: A command that the rule leaves out does not reach the PIN / ルール外の命令はPINに届かない
    Given a rule that lets the app only select and read
    When the app enters a wrong user PIN
    Then it is refused by the phone
    And no try was spent
