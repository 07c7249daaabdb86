from django.urls import path

from baogong.web.public import account, bulletins, proofs, shares, views

app_name = "public"
urlpatterns = [
    path("", account.day, name="day"),
    path("day/<str:day>.csv", account.day_file, name="day_file"),
    path("lines.csv", account.lines_file, name="lines_file"),
    path("bulletins/", bulletins.bulletins, name="bulletins"),
    path("bulletins/<uuid:bulletin>/", bulletins.bulletin, name="bulletin"),
    path("bulletins/<uuid:bulletin>/figures/<int:number>/", bulletins.figure, name="figure"),
    path("bulletins/<uuid:bulletin>.xlsx", bulletins.bulletin_file, name="bulletin_file"),
    path("bulletins/<uuid:bulletin>.json", bulletins.bulletin_text, name="bulletin_text"),
    path("shares/<uuid:plan>/", shares.share, name="share"),
    path("why/", views.why, name="why"),
    path("needs/", views.needs, name="needs"),
    path("needs.csv", views.needs_file, name="needs_file"),
    path("check/", proofs.check, name="check"),
    path("proof/<uuid:movement>/", proofs.proof, name="proof"),
    path("proof/<uuid:movement>.json", proofs.proof_file, name="proof_file"),
    path("stamps/", proofs.stamps, name="stamps"),
    path("stamps.json", proofs.stamps_file, name="stamps_file"),
]
