from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "baogong.api"
    label = "api"
