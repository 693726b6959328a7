import { Mark, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { createSpotlight, Spotlight } from '@mantine/spotlight';
import {
  IconAddressBook,
  IconBuilding,
  IconCircleCheck,
  IconCoin,
  IconMail,
  IconNote,
  IconPaperclip,
  IconSearch,
} from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Fragment, useEffect, useState } from 'react';
import { call } from '../api.ts';
import type { Hit } from '../records.ts';
import { texts } from '../texts.ts';
import { pages, useSettingsPages } from './pages.ts';

const [store, { open }] = createSpotlight();

/** Opens the search over everything, as `Ctrl K` does. */
export const openSearch = open;

const signs: Record<Hit['object'], typeof IconSearch> = {
  contact: IconAddressBook,
  company: IconBuilding,
  deal: IconCoin,
  activity: IconNote,
  task: IconCircleCheck,
  message: IconMail,
  file: IconPaperclip,
};

/** Where a hit is shown: on its own page, or on that of what it belongs to. */
function placeOf({ contactId, companyId, dealId }: Hit) {
  if (dealId !== null) return { to: '/deals/$id', params: { id: dealId } } as const;
  if (contactId !== null) return { to: '/contacts/$id', params: { id: contactId } } as const;
  if (companyId !== null) return { to: '/companies/$id', params: { id: companyId } } as const;
  return { to: '/tasks' } as const;
}

/** A text with what was found in it set apart. */
function marked(text: string, ranges: readonly [number, number][]) {
  const parts = ranges.map(([from, to], index) => [text.slice(ranges[index - 1]?.[1] ?? 0, from), text.slice(from, to)] as const);
  return (
    <>
      {parts.map(([before, found], index) => (
        <Fragment key={ranges[index]?.[0]}>
          {before}
          <Mark bg="none" c="inherit" fw={700}>
            {found}
          </Mark>
        </Fragment>
      ))}
      {text.slice(ranges.at(-1)?.[1] ?? 0)}
    </>
  );
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
  const settings = useSettingsPages();
  const { data: answer } = useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => call<{ data: Hit[] }>('GET', '/search', { query: { q, limit: 12 }, signal }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  });
  const found = answer?.data;
  const shown = q === '' ? [] : (found ?? []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it works on what was drawn of the answers
  useEffect(selectFirst, [found]);
  const matching = [...pages, ...settings].filter(({ label }) => label.toLowerCase().includes(typed.trim().toLowerCase()));
  return (
    <Spotlight.Root
      store={store}
      query={typed}
      onQueryChange={setTyped}
      shortcut={null}
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
            {shown.map((hit) => {
              const Sign = signs[hit.object];
              return (
                <Spotlight.Action key={hit.id} onClick={() => void navigate(placeOf(hit))}>
                  <Sign size={18} stroke={1.6} aria-hidden style={{ flexShrink: 0 }} />
                  <div style={{ minWidth: 0 }}>
                    <Text size="sm" truncate>
                      {marked(hit.title, hit.highlights.title)}
                    </Text>
                    <Text size="xs" c="inherit" truncate>
                      {hit.snippet === null
                        ? marked(hit.subtitle ?? '', hit.highlights.subtitle)
                        : marked(hit.snippet, hit.highlights.snippet)}
                    </Text>
                  </div>
                </Spotlight.Action>
              );
            })}
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
