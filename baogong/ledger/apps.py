from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "baogong.ledger"
    label = "ledger"
