//! The rules of each country, as its law stands. Where a law changed lately, the rule says since when.

use super::rule::{Rule, When};
use super::{HolidayCountry, Name};
use chrono::Weekday;

/// The rules of a country, in no order.
pub(super) fn rules(country: HolidayCountry) -> &'static [Rule] {
    match country {
        HolidayCountry::At => AT,
        HolidayCountry::Cz => CZ,
        HolidayCountry::De => DE,
        HolidayCountry::Ee => EE,
        HolidayCountry::Fr => FR,
        HolidayCountry::It => IT,
        HolidayCountry::Lt => LT,
        HolidayCountry::Md => MD,
        HolidayCountry::Pl => PL,
        HolidayCountry::Ro => RO,
        HolidayCountry::Ua => UA,
    }
}

const fn on(month: u32, day: u32, name: Name) -> Rule {
    Rule { when: When::Date(month, day), name, since: 0 }
}

const fn easter(days: i64, name: Name) -> Rule {
    Rule { when: When::Easter(days), name, since: 0 }
}

const fn orthodox(days: i64, name: Name) -> Rule {
    Rule { when: When::OrthodoxEaster(days), name, since: 0 }
}

const fn first(weekday: Weekday, month: u32, name: Name) -> Rule {
    Rule { when: When::First(weekday, month), name, since: 0 }
}

const fn since(year: i32, rule: Rule) -> Rule {
    Rule { since: year, ..rule }
}

const NEW_YEAR: Name = Name("New Year's Day", "Новий рік");
const EPIPHANY: Name = Name("Epiphany", "Богоявлення");
const WOMEN: Name = Name("International Women's Day", "Міжнародний жіночий день");
const GOOD_FRIDAY: Name = Name("Good Friday", "Страсна п'ятниця");
const EASTER: Name = Name("Easter Sunday", "Великдень");
const EASTER_MONDAY: Name = Name("Easter Monday", "Великодній понеділок");
const LABOUR: Name = Name("Labour Day", "День праці");
const VICTORY: Name = Name("Victory Day", "День перемоги");
const ASCENSION: Name = Name("Ascension Day", "Вознесіння");
const PENTECOST: Name = Name("Pentecost", "Трійця");
const WHIT_MONDAY: Name = Name("Whit Monday", "Понеділок Святого Духа");
const CORPUS_CHRISTI: Name = Name("Corpus Christi", "Свято Тіла і Крові Христових");
const CHILDREN: Name = Name("Children's Day", "День дітей");
const SAINT_JOHN: Name = Name("Saint John's Day", "День святого Івана");
const ASSUMPTION: Name = Name("Assumption of Mary", "Успіння Пресвятої Богородиці");
const ALL_SAINTS: Name = Name("All Saints' Day", "День усіх святих");
const IMMACULATE: Name = Name("Immaculate Conception", "Непорочне зачаття");
const CHRISTMAS_EVE: Name = Name("Christmas Eve", "Святвечір");
const CHRISTMAS: Name = Name("Christmas Day", "Різдво Христове");
const SECOND_CHRISTMAS: Name = Name("Second Day of Christmas", "Другий день Різдва");
const INDEPENDENCE: Name = Name("Independence Day", "День незалежності");
const NATIONAL: Name = Name("National Day", "Національне свято");
const CONSTITUTION: Name = Name("Constitution Day", "День Конституції");

/// Labour Code, article 73, with the law of 14 July 2023 (No. 3258-IX).
const UA: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    on(3, 8, WOMEN),
    orthodox(0, EASTER),
    on(5, 1, LABOUR),
    on(5, 8, Name("Day of Remembrance and Victory over Nazism", "День пам'яті та перемоги над нацизмом")),
    orthodox(49, PENTECOST),
    on(6, 28, CONSTITUTION),
    on(7, 15, Name("Ukrainian Statehood Day", "День Української Державності")),
    on(8, 24, INDEPENDENCE),
    on(10, 1, Name("Day of Defenders of Ukraine", "День захисників і захисниць України")),
    on(12, 25, CHRISTMAS),
];

const AT: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    on(1, 6, EPIPHANY),
    easter(1, EASTER_MONDAY),
    on(5, 1, LABOUR),
    easter(39, ASCENSION),
    easter(50, WHIT_MONDAY),
    easter(60, CORPUS_CHRISTI),
    on(8, 15, ASSUMPTION),
    on(10, 26, NATIONAL),
    on(11, 1, ALL_SAINTS),
    on(12, 8, IMMACULATE),
    on(12, 25, CHRISTMAS),
    on(12, 26, SECOND_CHRISTMAS),
];

const CZ: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    easter(-2, GOOD_FRIDAY),
    easter(1, EASTER_MONDAY),
    on(5, 1, LABOUR),
    on(5, 8, VICTORY),
    on(7, 5, Name("Saints Cyril and Methodius Day", "День святих Кирила і Мефодія")),
    on(7, 6, Name("Jan Hus Day", "День Яна Гуса")),
    on(9, 28, Name("Statehood Day", "День державності")),
    on(10, 28, Name("Independent Czechoslovak State Day", "День незалежної Чехословацької держави")),
    on(11, 17, Name("Struggle for Freedom and Democracy Day", "День боротьби за свободу і демократію")),
    on(12, 24, CHRISTMAS_EVE),
    on(12, 25, CHRISTMAS),
    on(12, 26, SECOND_CHRISTMAS),
];

const DE: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    easter(-2, GOOD_FRIDAY),
    easter(1, EASTER_MONDAY),
    on(5, 1, LABOUR),
    easter(39, ASCENSION),
    easter(50, WHIT_MONDAY),
    on(10, 3, Name("Day of German Unity", "День німецької єдності")),
    on(12, 25, CHRISTMAS),
    on(12, 26, SECOND_CHRISTMAS),
];

const EE: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    on(2, 24, INDEPENDENCE),
    easter(-2, GOOD_FRIDAY),
    easter(0, EASTER),
    on(5, 1, LABOUR),
    easter(49, PENTECOST),
    on(6, 23, VICTORY),
    on(6, 24, SAINT_JOHN),
    on(8, 20, Name("Restoration of Independence Day", "День відновлення незалежності")),
    on(12, 24, CHRISTMAS_EVE),
    on(12, 25, CHRISTMAS),
    on(12, 26, SECOND_CHRISTMAS),
];

const FR: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    easter(1, EASTER_MONDAY),
    on(5, 1, LABOUR),
    on(5, 8, VICTORY),
    easter(39, ASCENSION),
    easter(50, WHIT_MONDAY),
    on(7, 14, NATIONAL),
    on(8, 15, ASSUMPTION),
    on(11, 1, ALL_SAINTS),
    on(11, 11, Name("Armistice Day", "День перемир'я")),
    on(12, 25, CHRISTMAS),
];

const IT: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    on(1, 6, EPIPHANY),
    easter(0, EASTER),
    easter(1, EASTER_MONDAY),
    on(4, 25, Name("Liberation Day", "День визволення")),
    on(5, 1, LABOUR),
    on(6, 2, Name("Republic Day", "День Республіки")),
    on(8, 15, ASSUMPTION),
    since(2026, on(10, 4, Name("Saint Francis Day", "День святого Франциска"))),
    on(11, 1, ALL_SAINTS),
    on(12, 8, IMMACULATE),
    on(12, 25, CHRISTMAS),
    on(12, 26, SECOND_CHRISTMAS),
];

const LT: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    on(2, 16, Name("Restoration of the State Day", "День відновлення держави")),
    on(3, 11, Name("Restoration of Independence Day", "День відновлення незалежності")),
    easter(0, EASTER),
    easter(1, EASTER_MONDAY),
    on(5, 1, LABOUR),
    first(Weekday::Sun, 5, Name("Mother's Day", "День матері")),
    first(Weekday::Sun, 6, Name("Father's Day", "День батька")),
    on(6, 24, SAINT_JOHN),
    on(7, 6, Name("Statehood Day", "День державності")),
    on(8, 15, ASSUMPTION),
    on(11, 1, ALL_SAINTS),
    on(11, 2, Name("All Souls' Day", "День поминання померлих")),
    on(12, 24, CHRISTMAS_EVE),
    on(12, 25, CHRISTMAS),
    on(12, 26, SECOND_CHRISTMAS),
];

const MD: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    on(1, 7, Name("Christmas by the old calendar", "Різдво за старим стилем")),
    on(1, 8, Name("Christmas by the old calendar, second day", "Різдво за старим стилем, другий день")),
    on(3, 8, WOMEN),
    orthodox(0, EASTER),
    orthodox(1, EASTER_MONDAY),
    orthodox(8, Name("Memorial Easter", "Проводи")),
    on(5, 1, LABOUR),
    on(5, 9, Name("Victory Day and Europe Day", "День перемоги і День Європи")),
    on(6, 1, CHILDREN),
    on(8, 27, INDEPENDENCE),
    on(8, 31, Name("Language Day", "День мови")),
    on(12, 25, CHRISTMAS),
];

const PL: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    on(1, 6, EPIPHANY),
    easter(0, EASTER),
    easter(1, EASTER_MONDAY),
    on(5, 1, LABOUR),
    on(5, 3, CONSTITUTION),
    easter(49, PENTECOST),
    easter(60, CORPUS_CHRISTI),
    on(8, 15, ASSUMPTION),
    on(11, 1, ALL_SAINTS),
    on(11, 11, INDEPENDENCE),
    on(12, 24, CHRISTMAS_EVE),
    on(12, 25, CHRISTMAS),
    on(12, 26, SECOND_CHRISTMAS),
];

const RO: &[Rule] = &[
    on(1, 1, NEW_YEAR),
    on(1, 2, Name("Day after New Year's Day", "Другий день Нового року")),
    on(1, 6, EPIPHANY),
    on(1, 7, SAINT_JOHN),
    on(1, 24, Name("Unification Day", "День об'єднання князівств")),
    orthodox(-2, GOOD_FRIDAY),
    orthodox(0, EASTER),
    orthodox(1, EASTER_MONDAY),
    on(5, 1, LABOUR),
    on(6, 1, CHILDREN),
    orthodox(49, PENTECOST),
    orthodox(50, WHIT_MONDAY),
    on(8, 15, ASSUMPTION),
    on(11, 30, Name("Saint Andrew's Day", "День святого Андрія")),
    on(12, 1, NATIONAL),
    on(12, 25, CHRISTMAS),
    on(12, 26, SECOND_CHRISTMAS),
];
