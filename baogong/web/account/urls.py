from django.urls import path
from django.views.generic import RedirectView

from baogong.web.account import identity, people, views, webhooks

app_name = "account"
urlpatterns = [
    path("", views.start, name="start"),
    # what is told on the telephone: the shortest way to one's own order
    path("orders/", RedirectView.as_view(pattern_name="shops:find", query_string=True), name="my_order"),
    path("log-in/", views.log_in, name="login"),
    path("log-out/", views.log_out, name="logout"),
    path("language/", views.language, name="language"),
    path("first/<str:token>/", views.first_administrator, name="first"),
    path("doors/", views.doors, name="doors"),
    path("people/", people.people, name="people"),
    path("people/<uuid:user>/", people.person, name="person"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("drill/clock/", views.set_drill_clock, name="clock"),
    path("identity/", identity.documents, name="identity"),
    path("trust/", views.trust, name="trust"),
    path("trust/baogong-authority.crt", views.authority, name="authority"),
]
