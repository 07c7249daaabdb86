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
    path("lessons.xlsx", office.lessons_xlsx, name="lessons_xlsx"),
    path("lessons/message/", office.lessons_chat, name="lessons_chat"),
    path("lessons/<uuid:lesson>/", office.lesson, name="lesson"),
    path("lessons/<uuid:lesson>.xlsx", office.lesson_xlsx, name="lesson_xlsx"),
    path("lessons/<uuid:lesson>/message/", office.lesson_chat, name="lesson_chat"),
    path("days/<uuid:day>/", picking.day, name="day"),
    path("days/<uuid:day>/picking/", picking.picking, name="picking"),
    path("days/<uuid:day>/picking.xlsx", picking.picking_file, name="picking_file"),
    path("days/<uuid:day>/message/", picking.message, name="message"),
    path("orders/<uuid:order>/", picking.order, name="order"),
    path("<uuid:shop>/", keep.shop, name="shop"),
    path("<uuid:shop>/page/", keep.change_page, name="change"),
    path("<uuid:shop>/tomorrow/", keep.tomorrow, name="tomorrow"),
    path("<uuid:shop>/day/", keep.open_day, name="open_day"),
]
