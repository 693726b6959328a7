import { Checkbox, Stack, TagsInput, Text, Title } from '@mantine/core';
import type { Pipeline } from '../records.ts';
import { usePipelineDeed } from './deeds.ts';
import { texts } from './texts.ts';

const lists = [
  { reasons: 'wonReasons', required: 'wonReasonRequired', label: texts.wonReasons, requiredLabel: texts.wonRequired },
  { reasons: 'lostReasons', required: 'lostReasonRequired', label: texts.lostReasons, requiredLabel: texts.lostRequired },
] as const;

/** The reasons that deals of a pipeline are won and lost for, saved as they are changed. */
export function Reasons({ pipeline }: { pipeline: Pipeline }) {
  const deed = usePipelineDeed();
  const shown = deed.isPending ? { ...pipeline, ...deed.variables.body } : pipeline;
  const save = (body: Partial<Pipeline>) => deed.mutate({ method: 'PATCH', path: `/pipelines/${pipeline.id}`, body });
  return (
    <section className="panel" style={{ padding: 14 }} aria-labelledby="reasons">
      <Title order={2} id="reasons">
        {texts.reasons}
      </Title>
      <Text c="dimmed" size="sm" mb="xs">
        {texts.reasonsText}
      </Text>
      <Stack gap="sm">
        {lists.map(({ reasons, required, label, requiredLabel }) => (
          <Stack key={reasons} gap={6}>
            <TagsInput
              label={label}
              placeholder={shown[reasons].length === 0 ? texts.several : ''}
              value={shown[reasons]}
              onChange={(next) => save({ [reasons]: next })}
            />
            <Checkbox
              size="sm"
              label={requiredLabel}
              checked={shown[required]}
              onChange={(event) => save({ [required]: event.currentTarget.checked })}
            />
          </Stack>
        ))}
      </Stack>
    </section>
  );
}
