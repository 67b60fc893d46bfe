// What our panel says, in two languages. GraphiQL itself speaks English only.
const WORDS = {
  uk: {
    title: 'Приклади',
    about: 'Працюють на сервері з демонстраційними компаніями (make demo). Натисніть: запит, змінні й токен заповняться самі.',
    company: 'Компанія',
    administrator: 'Адміністратор',
    manager: 'Менеджер',
    employee: 'Працівник',
    partner: 'Сайт партнера (публічний ключ)',
    anonymous: 'Без входу',
    logIn: 'Увійти',
    logOut: 'Прибрати токен',
    cause: 'Спричинити подію',
    caused: 'Подію спричинено.',
    loggedIn: 'Токен стоїть у заголовках поточної вкладки.',
    noDemo: 'Не вдалося ввійти: здається, на цьому сервері немає демонстраційних компаній.',
    nothing: 'Немає з чого взяти змінну',
    welcome: `# GraphiQL сервера Zapys.\n# Ctrl + Enter виконує запит. Готові приклади для кожної ролі: ліворуч, «Приклади».\n# Токен або ключ: вкладка Headers, {"Authorization": "Bearer …"}.\n\nquery Hello {\n  viewer {\n    user { name }\n    permissions\n  }\n}\n`,
  },
  en: {
    title: 'Examples',
    about: 'They work on a server with the demo companies (make demo). Click one: query, variables and token fill themselves in.',
    company: 'Company',
    administrator: 'Administrator',
    manager: 'Manager',
    employee: 'Employee',
    partner: "Partner's site (publishable key)",
    anonymous: 'Not logged in',
    logIn: 'Log in',
    logOut: 'Remove the token',
    cause: 'Cause an event',
    caused: 'The event was caused.',
    loggedIn: "The token stands in the current tab's headers.",
    noDemo: 'Could not log in: this server seems to have no demo companies.',
    nothing: 'Nothing to take the variable from',
    welcome: `# GraphiQL of a Zapys server.\n# Ctrl + Enter runs the operation. Examples for each role: "Examples" on the left.\n# A token or key: tab Headers, {"Authorization": "Bearer …"}.\n\nquery Hello {\n  viewer {\n    user { name }\n    permissions\n  }\n}\n`,
  },
};

export type Language = keyof typeof WORDS;

const KEPT = 'zapys:language';

/** The chosen language, else the browser's: Ukrainian where it is preferred, English elsewhere. */
export function language(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'uk' || kept === 'en') return kept;
  return navigator.languages.find((tag) => /^(uk|en)\b/.test(tag))?.startsWith('uk') ? 'uk' : 'en';
}

/** Keeps a choice of language for the next visit. */
export function keepLanguage(chosen: Language): void {
  localStorage.setItem(KEPT, chosen);
}

/** The words of a language. */
export function words(chosen: Language): (typeof WORDS)['uk'] {
  return WORDS[chosen];
}
