Feature: Random number generator / 乱数生成器
  A generator whose noise fails says so and falls silent; no key is made from it.

  Background:
    Given a terminal that has selected the JPKI application

  @REQ-1-2-b @needs.rng.failure @needs.challenge.get @needs.key.generate @needs.specimen.renew @destructive
  Scenario Outline: With failed noise the generator does not start / 故障した雑音源では起動しない
    Given the noise source fails as <kind>
    When the card loses its power and comes back
    Then no random number comes out
    And no key pair is made for the user key

    Examples:
      | kind           |
      | stuck at 0     |
      | stuck at 1     |
      | stuck byte     |
      | period 2       |
      | repeated block |
      | drop-out       |
      | bias           |

  @REQ-1-2-b @needs.rng.failure @needs.challenge.get @needs.specimen.renew @destructive
  Scenario Outline: A failure in operation stops the output in time / 動作中の故障で出力が停止する
    Given the generator has handed out a random number
    When the noise source fails as <kind>
    Then the output stops within the stated number of bytes

    Examples:
      | kind           |
      | stuck at 0     |
      | stuck at 1     |
      | stuck byte     |
      | period 2       |
      | repeated block |
      | drop-out       |

  @REQ-1-2-b @needs.rng.failure @needs.challenge.get @needs.specimen.renew @destructive
  Scenario: The alarm stays until the power goes / 警報は電源断まで保持される
    Given the generator has handed out a random number
    And the noise source fails as stuck at 0
    And the output has stopped
    When the noise source is sound again
    Then no random number comes out
    But after a power cycle random numbers come out again

  @REQ-1-2-b @needs.rng.failure @needs.challenge.get @needs.key.generate @needs.specimen.renew @destructive
  Scenario: No key pair after a failure / 故障後は鍵を生成しない
    Given the generator has handed out a random number
    And the administrator has authenticated
    When the noise source fails as stuck at 0
    Then no key pair is made for the user key
    And the user key is the one it was before

  @REQ-1-2-e @needs.rng.replay @needs.key.generate @needs.specimen.renew @destructive
  Scenario: The same random numbers make the same key / 同じ乱数から同じ鍵ができる
    Given the administrator has authenticated
    And a key pair was made while the random numbers were recorded
    When the recorded random numbers are replayed
    Then the same key pair is made

  @REQ-1-2-e @needs.rng.replay @needs.key.generate @needs.specimen.renew @destructive
  Scenario: Other random numbers make another key / 異なる乱数からは異なる鍵ができる
    Given the administrator has authenticated
    And a key pair was made while the random numbers were recorded
    When other random numbers are replayed
    Then another key pair is made
