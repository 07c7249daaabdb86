from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "baogong.planning"
    label = "planning"
