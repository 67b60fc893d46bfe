// Confirms an address, sets a password or accepts an invitation: whatever the link in a mail was for.
'use strict';

const WORDS = {
  uk: {
    'verify-email': ['Підтвердження адреси', 'Щоб підтвердити електронну адресу, введіть пароль, який ви обрали під час реєстрації. Якщо ви не реєструвалися, закрийте цю сторінку.', 'Підтвердити', 'Адресу підтверджено. Тепер можна увійти.'],
    'reset-password': ['Новий пароль', 'Придумайте новий пароль: щонайменше 10 символів.', 'Зберегти', 'Пароль змінено. Тепер можна увійти.'],
    'accept-invitation': ['Запрошення', 'Вас запрошує «{company}».', 'Прийняти', 'Готово. Тепер можна увійти.'],
    name: 'Ваше ім’я', password: 'Пароль', stale: 'Посилання вже не діє. Попросіть нове.', offline: 'Сервер не відповідає. Спробуйте за хвилину.',
  },
  en: {
    'verify-email': ['Confirm your address', 'To confirm your e-mail address, enter the password that you chose when you registered. If you did not register, close this page.', 'Confirm', 'The address is confirmed. You can log in now.'],
    'reset-password': ['New password', 'Choose a new password of at least 10 characters.', 'Save', 'The password is changed. You can log in now.'],
    'accept-invitation': ['Invitation', '“{company}” invites you.', 'Accept', 'Done. You can log in now.'],
    name: 'Your name', password: 'Password', stale: 'The link no longer works. Ask for a new one.', offline: 'The server does not answer. Try again in a minute.',
  },
};

const element = (id) => document.getElementById(id);
const language = navigator.languages.some((tag) => tag.startsWith('uk')) ? 'uk' : 'en';
const words = WORDS[language];
const purpose = location.pathname.slice(1);
const token = new URLSearchParams(location.hash.slice(1)).get('token');
let invited = null;

function say(text) {
  element('answer').textContent = text;
}

async function ask(query, variables, accessToken) {
  const headers = { 'Content-Type': 'application/json', 'Accept-Language': language };
  if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].extensions.code === 'NOT_FOUND' ? words.stale : errors[0].message);
  const [answer] = Object.values(data);
  if (answer.userErrors && answer.userErrors.length) throw new Error(answer.userErrors.map((error) => error.message).join(' '));
  return answer;
}

function need(field) {
  element(`${field}-row`).hidden = false;
  element(`${field}-row`).querySelector('span').textContent = words[field];
  element(field).required = true;
}

const send = {
  'verify-email': () => ask('mutation ($input: EmailVerifyInput!) { emailVerify(input: $input) { userErrors { message } } }', { input: { token, password: element('password').value } }),
  'reset-password': () => ask('mutation ($input: PasswordResetInput!) { passwordReset(input: $input) { userErrors { message } } }', { input: { token, password: element('password').value } }),
  async 'accept-invitation'() {
    const password = element('password').value;
    const input = { token };
    let accessToken = null;
    if (invited.hasAccount) {
      const login = await ask('mutation ($input: UserLoginInput!) { userLogin(input: $input) { tokens { accessToken } userErrors { message } } }', { input: { email: invited.email, password } });
      accessToken = login.tokens.accessToken;
    } else {
      input.newUser = { name: element('name').value, password };
    }
    return ask('mutation ($input: InvitationAcceptInput!) { invitationAccept(input: $input) { userErrors { message } } }', { input }, accessToken);
  },
};

async function start() {
  const [title, lead, button] = words[purpose];
  document.documentElement.lang = language;
  element('title').textContent = title;
  element('send').textContent = button;
  if (!token) throw new Error(words.stale);
  let text = lead;
  if (purpose !== 'accept-invitation') need('password');
  if (purpose === 'accept-invitation') {
    invited = await ask('query ($token: String!) { invitationPreview(token: $token) { companyName email hasAccount } }', { token });
    text = lead.replace('{company}', invited.companyName);
    if (!invited.hasAccount) need('name');
    need('password');
  }
  element('lead').textContent = text;
}

function fail(error) {
  say(error instanceof TypeError ? words.offline : error.message);
}

element('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  element('send').disabled = true;
  say('');
  try {
    await send[purpose]();
    element('form').hidden = true;
    element('lead').textContent = '';
    say(words[purpose][3]);
    // What was in the address must not stay in the browser's history.
    history.replaceState(null, '', location.pathname);
  } catch (error) {
    fail(error);
  } finally {
    element('send').disabled = false;
  }
});

start().catch((error) => {
  element('form').hidden = true;
  fail(error);
});
