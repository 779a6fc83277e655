"""The two trusted service managers: of the service provider (SP-TSM) and of the SE's issuer."""
