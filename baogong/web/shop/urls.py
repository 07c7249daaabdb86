from django.urls import path

from baogong.web.shop import keep, office, picking

app_name = "shop"
urlpatterns = [
    path("", keep.home, name="home"),
    path("open/", keep.open_page, name="open"),
    path("office/", office.office, name="office"),
    path("forgetting/", office.forgetting, name="forgetting"),
    path("lessons/", office.lessons, name="lessons"),
    path("lessons.ics", office.calendar, name="calendar"),
    path("lessons/<uuid:lesson>/", office.lesson, name="lesson"),
    path("days/<uuid:day>/", picking.day, name="day"),
    path("days/<uuid:day>/picking/", picking.picking, name="picking"),
    path("days/<uuid:day>/picking.xlsx", picking.picking_file, name="picking_file"),
    path("days/<uuid:day>/message/", picking.message, name="message"),
    path("orders/<uuid:order>/", picking.order, name="order"),
    path("<uuid:shop>/", keep.shop, name="shop"),
    path("<uuid:shop>/page/", keep.change_page, name="change"),
    path("<uuid:shop>/day/", keep.open_day, name="open_day"),
]
