"""
An empty book's tables are made in seconds.

Django draws every model anew that is related to a changed one. In this house every table leads to a party, so each of
some six hundred changes drew most of the house. Here the changed model alone is drawn; before a change that others
must see, and before code that reads them, the house is drawn once, whole.
"""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.sql import emit_pre_migrate_signal
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class DrawnState(ProjectState):
    """The house's models as the changes so far leave them."""

    def reload_model(self, app_label: str, model_name: str, delay: bool = False) -> None:
        if "apps" not in self.__dict__:
            return
        if delay or not self._is_drawn(app_label, model_name):
            self.is_delayed = True  # whoever needs the others as they are now draws all of them first
            self.apps.unregister_model(app_label, model_name)
            self.apps.render_multiple([self.models[app_label, model_name]])
        else:
            del self.__dict__["apps"]
            self.is_delayed = False

    def add_field(self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool) -> None:
        """A new field changes nothing for who leads to its model, whether or not it leads somewhere itself."""
        drawn = self.__dict__.pop("apps", None)
        super().add_field(app_label, model_name, name, field, preserve_default)
        if drawn is not None:
            self.apps = drawn
            self.reload_model(app_label, model_name, delay=True)

    def _is_drawn(self, app_label: str, model_name: str) -> bool:
        return model_name in self.apps.all_models[app_label]


def migrate(executor: MigrationExecutor) -> None:
    """Apply what is missing, then let Django tell its own rooms, as its command `migrate` does."""
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    if not plan:
        return
    loader = executor.loader
    applied = [key for key in loader.applied_migrations if key in loader.graph.nodes]
    before = loader.project_state(applied) if applied else ProjectState(real_apps=loader.unmigrated_apps)
    emit_pre_migrate_signal(0, False, executor.connection.alias, apps=before.apps, plan=plan)
    executor.migrate(targets, plan, state=DrawnState(before.models, before.real_apps))
    call_command("migrate", verbosity=0, interactive=False)
