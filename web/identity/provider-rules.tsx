import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { IdentityProvider } from '../records.ts';
import { rolesQuery, teamsQuery } from './access.queries.ts';
import { texts } from './sign-in.texts.ts';

export type Rule = IdentityProvider['rules'][number];

interface RulesInputProps {
  value: readonly Rule[];
  onChange(rules: Rule[]): void;
  /** Of the whole form, by path: `rules.0.claim`. */
  errors: Record<string, ReactNode>;
}

/** What claims mean here, a row each: whoever has the value gets the role, or is in the team. */
export function RulesInput({ value, onChange, errors }: RulesInputProps) {
  const { data: roles } = useQuery(rolesQuery);
  const { data: teams } = useQuery(teamsQuery);
  const targets = [
    ...(roles?.data ?? []).map(({ key, name }) => ({ value: `role ${key}`, label: texts.roleOf(name) })),
    ...(teams?.data ?? []).map(({ id, name }) => ({ value: `team ${id}`, label: texts.teamOf(name) })),
  ];
  const set = (at: number, change: Partial<Rule>) =>
    onChange(value.map((rule, index) => (index === at ? { ...rule, ...change } : rule)));
  return (
    <Stack gap="xs" role="group" aria-label={texts.rules}>
      <Text size="sm" fw={600}>
        {texts.rules}
      </Text>
      <Text size="xs" c="dimmed">
        {texts.rulesText}
      </Text>
      {value.map((rule, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rules have no name of their own, and only the place says which one it is
        <Group key={at} gap="xs" wrap="nowrap" align="flex-start">
          {(['claim', 'value'] as const).map((field) => (
            <TextInput
              key={field}
              flex={1}
              aria-label={texts.ruleField(texts[field], at + 1)}
              placeholder={texts[field]}
              value={rule[field]}
              onChange={(event) => set(at, { [field]: event.currentTarget.value })}
              error={errors[`rules.${at}.${field}`]}
            />
          ))}
          <Select
            flex={1}
            aria-label={texts.ruleField(texts.gives, at + 1)}
            placeholder={texts.gives}
            data={targets}
            value={rule.role === null ? rule.teamId && `team ${rule.teamId}` : `role ${rule.role}`}
            onChange={(target) => set(at, targetOf(target))}
            error={errors[`rules.${at}.role`] ?? errors[`rules.${at}.teamId`]}
          />
          <ActionIcon
            mt={6}
            variant="subtle"
            color="gray"
            aria-label={texts.removeRule(at + 1)}
            onClick={() => onChange(value.filter((_, index) => index !== at))}
          >
            <IconX size={16} />
          </ActionIcon>
        </Group>
      ))}
      <Button
        size="compact-sm"
        variant="light"
        leftSection={<IconPlus size={14} />}
        w="fit-content"
        onClick={() => onChange([...value, { claim: 'groups', value: '', role: null, teamId: null }])}
      >
        {texts.newRule}
      </Button>
    </Stack>
  );
}

function targetOf(target: string | null): Pick<Rule, 'role' | 'teamId'> {
  const [kind, id = null] = target?.split(' ') ?? [];
  return { role: kind === 'role' ? id : null, teamId: kind === 'team' ? id : null };
}
