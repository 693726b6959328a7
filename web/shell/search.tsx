import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import { IconAddressBook, IconBuilding, IconCoin, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { call, type Page } from '../api.ts';
import type { Company, Contact, Deal } from '../records.ts';
import { texts } from '../texts.ts';
import { pages, settingsPages } from './pages.ts';

const [store, { open }] = createSpotlight();

/** Opens the search over everything, as `Ctrl K` does. */
export const openSearch = open;

interface Found {
  to: '/contacts/$id' | '/companies/$id' | '/deals/$id';
  id: string;
  label: string;
  description: string;
  icon: typeof IconSearch;
}

async function find(q: string, signal: AbortSignal): Promise<Found[]> {
  const list = <T,>(path: string) => call<Page<T>>('GET', path, { query: { q, limit: 5 }, signal });
  const [contacts, companies, deals] = await Promise.all([
    list<Contact>('/contacts'),
    list<Company>('/companies'),
    list<Deal>('/deals'),
  ]);
  return [
    ...contacts.data.map(({ id, name, email, companyName }): Found => {
      return { to: '/contacts/$id', id, label: name, description: email ?? companyName ?? '', icon: IconAddressBook };
    }),
    ...companies.data.map(({ id, name, domain }): Found => {
      return { to: '/companies/$id', id, label: name, description: domain ?? '', icon: IconBuilding };
    }),
    ...deals.data.map(
      ({ id, name, stageName }): Found => ({ to: '/deals/$id', id, label: name, description: stageName, icon: IconCoin }),
    ),
  ];
}

/** The search selects what is first when one types, but not when the answers come. */
function selectFirst(): void {
  const list = document.getElementById(store.getState().listId);
  list?.querySelector('[data-selected]')?.removeAttribute('data-selected');
  list?.querySelector('[data-action]')?.setAttribute('data-selected', 'true');
  store.updateState((state) => ({ ...state, selected: 0 }));
}

/** `Ctrl K`: records by their words, pages by their names. */
export function Search() {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), 120);
  const navigate = useNavigate();
  const { data: found = [] } = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => find(q, signal),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  });
  const shown = q === '' ? [] : found;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it works on what was drawn of the answers
  useEffect(selectFirst, [found]);
  const matching = [...pages, ...settingsPages].filter(({ label }) => label.toLowerCase().includes(typed.trim().toLowerCase()));
  return (
    <Spotlight.Root
      store={store}
      query={typed}
      onQueryChange={setTyped}
      shortcut={['mod + K']}
      clearQueryOnClose
      attributes={{ content: { 'aria-label': texts.searchEverything } }}
      scrollable
      maxHeight="60vh"
    >
      <Spotlight.Search
        placeholder={texts.searchEverything}
        aria-label={texts.searchEverything}
        leftSection={<IconSearch size={18} />}
      />
      <Spotlight.ActionsList>
        {shown.length === 0 ? null : (
          <Spotlight.ActionsGroup label={texts.records}>
            {shown.map(({ to, id, label, description, icon: Sign }) => (
              <Spotlight.Action
                key={id}
                label={label}
                description={description}
                leftSection={<Sign size={18} stroke={1.6} />}
                onClick={() => void navigate({ to, params: { id } })}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {matching.length === 0 ? null : (
          <Spotlight.ActionsGroup label={texts.pages}>
            {matching.map(({ to, label, icon: Sign }) => (
              <Spotlight.Action
                key={to}
                label={label}
                leftSection={<Sign size={18} stroke={1.6} />}
                onClick={() => void navigate({ to })}
              />
            ))}
          </Spotlight.ActionsGroup>
        )}
        {shown.length + matching.length === 0 ? <Spotlight.Empty>{texts.nothingFound}</Spotlight.Empty> : null}
      </Spotlight.ActionsList>
    </Spotlight.Root>
  );
}
