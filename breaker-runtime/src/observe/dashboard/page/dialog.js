// The dialog for a change: token, author, reason and end. The token stays in this tab.

const TOKEN = 'breaker-token';
const AUTHOR = 'breaker-author';

/** Storage that a browser may refuse: then a value lasts as long as the page. */
const kept = {
  values: new Map(),
  get(name) {
    try {
      return sessionStorage.getItem(name) ?? '';
    } catch {
      return this.values.get(name) ?? '';
    }
  },
  set(name, value) {
    try {
      sessionStorage.setItem(name, value);
    } catch {
      this.values.set(name, value);
    }
  },
};

// A header holds bytes: a token beyond ASCII goes as UTF-8.
const headerText = (text) => String.fromCharCode(...new TextEncoder().encode(text));

const refusalText = async (response) => {
  try {
    const { error } = await response.json();
    if (error) return `${error[0].toUpperCase()}${error.slice(1)}`;
  } catch {
    // An answer that is not JSON comes from something between the page and the service.
  }
  const known = {
    401: 'The token is wrong.',
    403: 'The service refuses changes from this address.',
    404: 'There is no breaker of this name.',
    405: 'The service is read-only.',
  };
  return known[response.status] ?? `The service answered ${response.status}.`;
};

const doneText = (breaker, action, author) => {
  const { word } = kindOf(breaker);
  const until = breaker.override?.until ? ` until ${clock(breaker.override.until)}` : '';
  return `${clock(serverNow())}: ${ACTIONS[action].title.toLowerCase()}${author ? ` by ${author}` : ''}. The breaker is ${word[0].toLowerCase()}${word.slice(1)}${until}.`;
};

const groupDoneText = (group, action, author) => {
  const { command, live } = group;
  const is = command ? words(command.mode) : PHASES[group.phase];
  const until = command?.until ? ` until ${clock(command.until)}` : '';
  return `${clock(serverNow())}: ${FLEET_ACTIONS[action].title.toLowerCase()}, by ${author}. The group is ${is} in ${allOf(live)}${until}.`;
};

/** What a change of one breaker asks for, sends and shows. */
const breakerScope = (view) => ({
  name: view.title.textContent,
  acts: view.acts,
  attribute: 'data-action',
  result: view.result,
  ask: (action) => ACTIONS[action],
  url: () => detailUrl(view.id, view.key),
  body: (action, change) => ({ action, ...change }),
  done: doneText,
  longest: 300,
});

/** The same of a command for all processes of a group. */
const groupScope = (view, { name } = view.group) => ({
  name,
  acts: view.allActs,
  attribute: 'data-fleet-action',
  result: view.allResult,
  ask: (action) => ({ ...FLEET_ACTIONS[action], does: FLEET_ACTIONS[action].does(view.group?.live ?? 0) }),
  url: (action) => `${state.base}fleet/${partOf(name)}/${action}`,
  body: (action, change) => change,
  done: groupDoneText,
  longest: 256,
});

const dialog = {
  scope: null,
  action: null,

  init() {
    byId('act-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.send();
    });
    byId('act-cancel').addEventListener('click', () => byId('act').close());
    byId('act').addEventListener('close', () => {
      // The event comes later than the focus: the dialog may be open again.
      if (byId('act').open) return;
      // A token that was typed but refused is not left in the form.
      byId('act-token').value = '';
      const { acts, attribute } = this.scope ?? {};
      acts?.querySelector(`[${attribute}="${this.action}"]`)?.focus();
    });
  },

  ask(scope, action) {
    const { title, does, timed } = scope.ask(action);
    Object.assign(this, { scope, action });
    put(byId('act-title'), `${title}: ${scope.name}`);
    attr(byId('act-reason'), 'maxlength', scope.longest);
    put(byId('act-does'), does);
    hide(byId('act-end'), !timed);
    put(byId('act-send'), title);
    byId('act-token').value = kept.get(TOKEN);
    byId('act-author').value = kept.get(AUTHOR);
    byId('act-reason').value = '';
    this.refuse('');
    byId('act').showModal();
    const empty = ['act-token', 'act-author', 'act-reason'].map(byId).find((input) => !input.value);
    (empty ?? byId('act-send')).focus();
  },

  refuse(text, field) {
    put(byId('act-refusal'), text);
    hide(byId('act-refusal'), !text);
    for (const name of ['act-token', 'act-author', 'act-reason'])
      attr(byId(name), 'aria-invalid', name === field ? 'true' : null);
    if (field) byId(field).focus();
  },

  async send() {
    const [token, author, reason] = ['act-token', 'act-author', 'act-reason'].map((name) =>
      byId(name).value.trim(),
    );
    if (!token) return this.refuse('Enter the token that the service sets.', 'act-token');
    if (!author) return this.refuse('Enter your name: it is shown with the change.', 'act-author');
    if (!reason) return this.refuse('Enter a reason: it is shown with the change.', 'act-reason');
    const { scope, action } = this;
    const minutes = scope.ask(action).timed ? Number(byId('act-minutes').value) : null;
    byId('act-send').disabled = true;
    try {
      const response = await fetch(scope.url(action), {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json',
          'x-breaker-token': headerText(token),
        },
        body: JSON.stringify(scope.body(action, { reason, author, minutes })),
      });
      if (!response.ok)
        return this.refuse(await refusalText(response), response.status === 401 ? 'act-token' : null);
      kept.set(TOKEN, token);
      kept.set(AUTHOR, author);
      const text = scope.done(await response.json(), action, author);
      put(scope.result, text);
      byId('act').close();
      announce(text);
      detail.fetch();
    } catch {
      this.refuse('The service does not answer. Nothing was changed, or the answer was lost.');
    } finally {
      byId('act-send').disabled = false;
    }
  },
};
