/** `/app`: a patient's coverages in order, what is to be asked, and what is to be done. */
import { Api, ApiError } from './api.js';
import { NothingToShow, open, type Opened } from './opened.js';
import { button, element, part, say } from './page.js';
import { load } from './record.js';
import { sections } from './sections.js';
import { ended, forget, resume, signInAt, SignInProblem, signOut, type Session } from './session.js';
import { dateWords, nameWords } from './words.js';

const { base = '', server = '', at = '' } = part('content').dataset;
const content = part('record');

async function show(): Promise<void> {
  let session: Session | undefined;
  try {
    session = await resume({ server, at });
    const api = new Api(base, session.token);
    const opened = await open(session, base, api);
    const now = new Date();
    const record = await load(opened, api, localDay(now));
    const { birthDate } = record.patient;
    part('who').textContent = nameWords(record.patient);
    content.replaceChildren(
      element('div', { class: 'bar' }, element('p', {}, birthDate === undefined ? 'Date of birth not known' : `Born ${dateWords(birthDate)}`), button('Sign out', () => leave(session))),
      ...opened.notes.map((note) => element('p', { class: 'warning' }, note)), ...sections(record, opened, now),
    );
    say('');
    goTo(opened);
  } catch (error) {
    fail(error, session);
  }
  part('content').removeAttribute('aria-busy');
}

/** The part that the app was opened on. */
function goTo({ claim, coverage, asksQuestions }: Opened): void {
  const target = claim ? 'chain' : coverage === undefined ? (asksQuestions ? 'questions' : undefined) : 'order';
  if (target !== undefined) part(`${target}-title`).focus();
}

function leave(session: Session | undefined): void {
  signOut(session?.ending);
  content.replaceChildren(button('Sign in again', () => signInAt(server)));
  part('who').textContent = 'Cobalt';
  say('You are signed out. Nothing of the patient is kept in this window.');
}

function fail(error: unknown, session: Session | undefined): void {
  part('who').textContent = 'Cobalt';
  if (error instanceof ApiError && error.status === 401) return fail(ended(session?.server ?? base), undefined);
  if (error instanceof SignInProblem) {
    forget();
    say(error.message, true);
    return content.replaceChildren(button('Sign in again', () => signInAt(error.server ?? server)));
  }
  say(error instanceof NothingToShow ? error.message : error instanceof ApiError ? wordsOf(error) : 'The page could not be put together. Load it again; if that does not help, tell whoever runs Cobalt.', true);
  content.replaceChildren(button('Try again', () => location.reload()), button('Sign out', () => leave(session)));
}

function wordsOf({ status }: ApiError): string {
  if (status === 403) return 'Your sign-in does not allow to see this patient.';
  if (status === 404 || status === 410) return 'This patient is not known to Cobalt, or your sign-in does not reach them.';
  if (status === 429) return 'These were too many requests at once. Wait a minute, then try again.';
  return 'The server does not answer as it should. Try again in a minute.';
}

/** Today where the user is, YYYY-MM-DD. */
const localDay = (now: Date): string => [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((each) => String(each).padStart(2, '0')).join('-');

await show();
