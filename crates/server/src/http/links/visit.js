// Shows a client one visit by the link of a letter, moves it and calls it off: through the API, like any other page.
'use strict';

const WORDS = {
  uk: {
    title: 'Ваш візит', when: 'Коли', service: 'Послуга', staff: 'Фахівець', where: 'Де', reference: 'Номер запису', status: 'Стан',
    move: 'Перенести', cancel: 'Скасувати', day: 'День', time: 'Час', confirm: 'Перенести на цей час', none: 'Цього дня вільного часу немає',
    free: 'Скасувати можна безкоштовно.', freeUntil: 'Скасувати безкоштовно можна до {at}.', fee: 'Скасування зараз коштує {fee}.',
    noCancel: 'Скасувати візит уже не можна. Зателефонуйте нам.', moveUntil: 'Перенести можна до {at}.', noMove: 'Перенести візит уже не можна.',
    sure: 'Скасувати візит?', moved: 'Візит перенесено.', cancelled: 'Візит скасовано.', keeps: 'Передоплата не повертається.',
    stale: 'Посилання вже не діє.', offline: 'Сервер не відповідає. Спробуйте за хвилину.',
    states: { PENDING: 'очікує підтвердження', CONFIRMED: 'підтверджено', ARRIVED: 'ви прийшли', IN_SERVICE: 'триває', COMPLETED: 'завершено', CANCELLED: 'скасовано', DECLINED: 'не підтверджено', NO_SHOW: 'пропущено' },
  },
  en: {
    title: 'Your visit', when: 'When', service: 'Service', staff: 'With', where: 'Where', reference: 'Reference', status: 'Status',
    move: 'Move', cancel: 'Cancel', day: 'Day', time: 'Time', confirm: 'Move to this time', none: 'Nothing is free on this day',
    free: 'You can cancel free of charge.', freeUntil: 'You can cancel free of charge until {at}.', fee: 'Cancelling now costs {fee}.',
    noCancel: 'The visit can no longer be cancelled. Please call us.', moveUntil: 'You can move it until {at}.', noMove: 'The visit can no longer be moved.',
    sure: 'Cancel the visit?', moved: 'The visit is moved.', cancelled: 'The visit is cancelled.', keeps: 'The prepayment is not returned.',
    stale: 'The link no longer works.', offline: 'The server does not answer. Try again in a minute.',
    states: { PENDING: 'waits for confirmation', CONFIRMED: 'confirmed', ARRIVED: 'you are here', IN_SERVICE: 'going on', COMPLETED: 'over', CANCELLED: 'cancelled', DECLINED: 'not confirmed', NO_SHOW: 'missed' },
  },
};

const VISIT = `id version reference status startsAt endsAt timeZone location { id name address }
  lines { serviceName withPrevious persons guest service { id } staff { id name } addOns { addOnId } }
  cancellationTerms { allowed fee { amountMinor formatted } keepsDeposit freeUntil rescheduleAllowed rescheduleUntil }`;

const element = (id) => document.getElementById(id);
const language = navigator.languages.some((tag) => tag.startsWith('uk')) ? 'uk' : 'en';
const words = WORDS[language];
// The token stays in the address: the link is to be used again. It stands in the fragment, which no browser sends.
const token = new URLSearchParams(location.hash.slice(1)).get('token');
let visit = null;

const say = (text) => { element('answer').textContent = text; };
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

async function ask(query, variables) {
  const headers = { 'Content-Type': 'application/json', 'Accept-Language': language, Authorization: `Bearer ${token}` };
  const response = await fetch('/graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(response.status === 401 || errors[0].extensions.code === 'UNAUTHENTICATED' ? words.stale : errors[0].message);
  const [answer] = Object.values(data);
  if (answer.userErrors && answer.userErrors.length) throw new Error(answer.userErrors.map((error) => error.message).join(' '));
  return answer;
}

function shown(instant, options) {
  return new Intl.DateTimeFormat(language, { timeZone: visit.timeZone, ...options }).format(new Date(instant));
}

const moment = (instant) => shown(instant, { dateStyle: 'long', timeStyle: 'short' });

function fact(label, value) {
  if (!value) return;
  const [term, text] = [document.createElement('dt'), document.createElement('dd')];
  term.textContent = label;
  text.textContent = value;
  element('facts').append(term, text);
}

function show() {
  const { cancellationTerms: terms, location: place, lines } = visit;
  element('facts').replaceChildren();
  fact(words.when, `${shown(visit.startsAt, { dateStyle: 'full', timeStyle: 'short' })} – ${shown(visit.endsAt, { timeStyle: 'short' })}`);
  fact(words.service, lines.map((line) => line.serviceName).join(', '));
  fact(words.staff, [...new Set(lines.flatMap((line) => (line.staff ? [line.staff.name] : [])))].join(', '));
  fact(words.where, place && [place.name, place.address].filter(Boolean).join(', '));
  fact(words.reference, visit.reference);
  fact(words.status, words.states[visit.status]);
  const open = visit.status === 'PENDING' || visit.status === 'CONFIRMED';
  const told = [];
  if (open && !terms.allowed) told.push(words.noCancel);
  if (open && terms.allowed && terms.fee.amountMinor > 0) told.push(fill(words.fee, { fee: terms.fee.formatted }));
  if (open && terms.allowed && terms.keepsDeposit) told.push(words.keeps);
  if (open && terms.allowed && !(terms.fee.amountMinor > 0)) told.push(terms.freeUntil ? fill(words.freeUntil, { at: moment(terms.freeUntil) }) : words.free);
  if (open && terms.rescheduleAllowed && terms.rescheduleUntil) told.push(fill(words.moveUntil, { at: moment(terms.rescheduleUntil) }));
  if (open && !terms.rescheduleAllowed) told.push(words.noMove);
  element('terms').textContent = told.join(' ');
  element('buttons').hidden = !open;
  element('cancel').hidden = !terms.allowed;
  element('move').hidden = !terms.rescheduleAllowed;
  if (!open || !terms.rescheduleAllowed) element('moving').hidden = true;
}

async function times() {
  const day = element('day').value;
  element('confirm').disabled = true;
  if (!day) return;
  const lines = visit.lines.map((line) => ({
    serviceId: line.service.id, staffId: line.staff && line.staff.id, withPrevious: line.withPrevious,
    persons: line.persons, guest: line.guest, addOnIds: line.addOns.map((addOn) => addOn.addOnId),
  }));
  const query = 'query ($visit: AvailabilityVisitInput!, $day: LocalDate!) { availability(visit: $visit, from: $day, to: $day) { slots { startsAt } } }';
  const { slots } = await ask(query, { visit: { locationId: visit.location.id, lines, bookingId: visit.id }, day });
  // Another day was chosen before this one's times came.
  if (element('day').value !== day) return;
  const others = slots.filter(({ startsAt }) => Date.parse(startsAt) !== Date.parse(visit.startsAt));
  const options = others.map(({ startsAt }) => new Option(shown(startsAt, { timeStyle: 'short' }), startsAt));
  element('time').replaceChildren(...options);
  element('confirm').disabled = options.length === 0;
  say(options.length ? '' : words.none);
}

// `randomUUID` exists on pages of HTTPS alone.
const key = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (number) => number.toString(36)).join('');

async function change(mutation, type, input, done) {
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { booking { ${VISIT} } userErrors { message } } }`;
  const whole = { id: visit.id, version: visit.version, idempotencyKey: key(), ...input };
  try {
    visit = (await ask(query, { input: whole })).booking;
  } catch (error) {
    // Somebody else may have changed it meanwhile: what is shown is what stands.
    await load().catch(() => {});
    throw error;
  }
  element('moving').hidden = true;
  show();
  say(done);
}

function fail(error) {
  // Nobody answers, or somebody on the way does, who does not speak JSON.
  say(error instanceof TypeError || error instanceof SyntaxError ? words.offline : error.message);
}

const safely = (act) => async (event) => {
  event.preventDefault();
  say('');
  try {
    await act();
  } catch (error) {
    fail(error);
  }
};

let busy = false;
// Who presses twice means it once.
const once = (act) => safely(async () => {
  if (busy) return;
  busy = true;
  await act().finally(() => { busy = false; });
});

element('move').addEventListener('click', once(async () => {
  element('moving').hidden = false;
  // The day of the visit at its place, as a date field writes it.
  element('day').value = new Intl.DateTimeFormat('sv', { timeZone: visit.timeZone }).format(new Date(visit.startsAt));
  await times();
}));
element('day').addEventListener('change', safely(times));
element('moving').addEventListener('submit', once(() => change('bookingReschedule', 'BookingRescheduleInput', { startsAt: element('time').value }, words.moved)));
element('cancel').addEventListener('click', once(async () => {
  if (confirm(words.sure)) await change('bookingCancel', 'BookingCancelInput', { reason: 'CLIENT_REQUEST' }, words.cancelled);
}));

// Reads the visit as it stands now.
async function load() {
  let found = null;
  for (const time of ['UPCOMING', 'PAST']) {
    const { nodes } = await ask(`query ($time: ClientBookingsTime!) { clientBookings(time: $time, first: 1) { nodes { ${VISIT} } } }`, { time });
    found ??= nodes[0];
  }
  if (!found) throw new Error(words.stale);
  visit = found;
  show();
}

async function start() {
  document.documentElement.lang = language;
  element('title').textContent = words.title;
  for (const [id, word] of [['move', 'move'], ['cancel', 'cancel'], ['confirm', 'confirm'], ['day-label', 'day'], ['time-label', 'time']]) element(id).textContent = words[word];
  if (!token) throw new Error(words.stale);
  await load();
}

// Another link in the same tab changes the address alone.
addEventListener('hashchange', () => location.reload());
start().catch(fail);
