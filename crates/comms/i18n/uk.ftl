# Слова листів. Імена й назви приходять значеннями й ніколи не стають розміткою.
weekday = { $day ->
    [1] понеділок
    [2] вівторок
    [3] середа
    [4] четвер
    [5] пʼятниця
    [6] субота
   *[7] неділя
}
month = { $month ->
    [1] січня
    [2] лютого
    [3] березня
    [4] квітня
    [5] травня
    [6] червня
    [7] липня
    [8] серпня
    [9] вересня
    [10] жовтня
    [11] листопада
   *[12] грудня
}
day = { $weekday }, { $day } { $month } { $year } р.
span = { $day }, { $from }–{ $to }
span-overnight = { $day }, { $from } – { $until-day }, { $to }

label-when = Коли
label-service = Послуга
label-staff = Фахівець
label-where = Де
label-phone = Телефон
label-price = Вартість
label-reference = Номер запису
label-was = Було
label-also = А також

greeting = Вітаємо, { $name }!
footer-company = { $company }. Цей лист надіслано автоматично, бо на цю адресу оформлено запис.
footer-product = Zapys. Якщо ви цього не робили, просто не зважайте на цей лист.

booking-received-subject = Запит на запис отримано: { $day }
booking-received-heading = Запит на запис отримано
booking-received-text = { $company } ще має підтвердити цей час. Ми напишемо, щойно це станеться.

booking-confirmed-subject = Запис підтверджено: { $day }, { $from }
booking-confirmed-heading = Запис підтверджено
booking-confirmed-text = { $company } чекає на вас. Подія для календаря – у вкладенні.

booking-moved-subject = Запис перенесено: { $day }, { $from }
booking-moved-heading = Запис перенесено
booking-moved-text = Час вашого візиту змінився. Календар оновиться з вкладення.
booking-moved-pending-text = Час вашого запиту змінився. { $company } ще має його підтвердити.

booking-cancelled-subject = Запис скасовано: { $day }, { $from }
booking-cancelled-heading = Запис скасовано
booking-cancelled-text = Цей візит скасовано, час звільнено.

booking-declined-subject = Запис не підтверджено: { $day }, { $from }
booking-declined-heading = Запис не підтверджено
booking-declined-text = На жаль, { $company } не може прийняти вас у цей час. Будь ласка, оберіть інший.

slot-offered-subject = Звільнився час: { $day }, { $from }
slot-offered-heading = Для вас звільнився час
slot-offered-text = Час, на який ви чекали ({ $company }), знову вільний, і вам його пропонують першими.
slot-offered-until = Його притримано для вас до { $until }: підтвердьте запис на сторінці, де ви стали в список очікування, або зателефонуйте. Потім його запропонують наступним.

client-code-subject = Ваш код: { $company }
client-code-heading = Ваш код
client-code-digits = Код: { $code }
client-code-text = Введіть його на сторінці, де ви його просили, щоб побачити чи змінити свої візити ({ $company }). Код одноразовий і діє 10 хвилин. Ніхто із закладу ніколи його не питає. Якщо ви не просили коду, просто не зважайте на цей лист.
client-code-footer = { $company }. Цей лист надіслано автоматично, бо для цієї адреси попросили код.

booking-manage-action = Переглянути, перенести чи скасувати візит
booking-manage-first-action = Переглянути, перенести чи скасувати перший із цих візитів

email-verification-subject = Підтвердьте адресу пошти
email-verification-heading = Підтвердьте адресу пошти
email-verification-text = Щоб користуватися Zapys, підтвердьте, що ця адреса ваша: відкрийте посилання та введіть обраний пароль. Якщо ви не реєструвалися, просто не зважайте на цей лист.
email-verification-action = Підтвердити адресу

password-reset-subject = Новий пароль
password-reset-heading = Новий пароль
password-reset-text = Хтось попросив змінити пароль до вашого облікового запису. Посилання одноразове.
password-reset-action = Задати новий пароль

registration-repeated-subject = У вас уже є обліковий запис
registration-repeated-heading = У вас уже є обліковий запис
registration-repeated-text = Хтось, можливо ви, знову намагався зареєструватися з цією адресою. Просто увійдіть; якщо забули пароль, попросіть новий.

password-changed-subject = Пароль змінено
password-changed-heading = Пароль змінено
password-changed-text = Пароль вашого облікового запису щойно змінено. Якщо це були не ви, негайно попросіть новий.

invitation-subject = { $company } запрошує вас до Zapys
invitation-heading = Запрошення до { $company }
invitation-text = Вас запросили працювати в { $company }. Посилання одноразове й діє 7 днів.
invitation-action = Прийняти запрошення
