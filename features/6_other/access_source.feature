Feature: Access source / アクセス元識別
  A reader beside the phone may do what the holder allows it; the administrator comes through the phone.

  Background:
    Given a card that a reader and an app can reach

  @REQ-6-5-d @needs.platform.access_source @needs.pin.unblock @destructive
  Scenario: The administrator is refused over radio / 管理者認証は非接触では拒否される
    When the administrator proves his key by a reader
    Then he is refused for where he comes from
    And by the app he is accepted

  @REQ-6-5-d @needs.platform.access_source @needs.pin.auth
  Scenario: The holder signs at a reader / 利用者はリーダで署名できる
    When the holder enters his PIN and signs by a reader
    Then the signature is made

  @REQ-6-5-a @needs.platform.access_source @needs.platform.source_view
  Scenario: A relay through an app is an app / アプリを介した中継はアプリとして扱われる
    When somebody far away has his commands sent by an app
    Then the applet takes every one of them for an app's

  @REQ-6-5-c @needs.platform.access_source @needs.platform.product @needs.platform.chip_profiles
  Scenario: A new operating system of the chip disables the policy / チップOSの更新でアクセス元規則は無効となる
    Given the chip's operating system was updated and not verified
    Then the policy is off and says that it is
    And no way leads to the administrator's commands
