import { Badge, Button, Group, Modal, Select, Skeleton, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { FormError } from '../form.tsx';
import { pipelinesQuery } from '../queries.ts';
import type { Pipeline } from '../records.ts';
import { NewButton } from '../shell/list-panel.tsx';
import { Page } from '../shell/page.tsx';
import { usePipelineDeed } from './deeds.ts';
import { DeletePipeline } from './delete-pipeline.tsx';
import { NewPipeline } from './new-pipeline.tsx';
import { Reasons } from './reasons.tsx';
import { Stages } from './stages.tsx';
import { texts } from './texts.ts';

/** Pipelines: their stages in order, what each means, and the reasons deals close with. */
export function PipelinesPage() {
  const { data, error } = useQuery(pipelinesQuery);
  const { pipeline: chosen } = useSearch({ from: '/inside/settings/pipelines' });
  const navigate = useNavigate();
  const [opened, dialog] = useDisclosure();
  const pipelines = data?.data ?? [];
  const pipeline = pipelines.find(({ id }) => id === chosen) ?? pipelines.find(({ isDefault }) => isDefault) ?? pipelines[0];
  const choose = (id: string | null) => void navigate({ to: '/settings/pipelines', search: id === null ? {} : { pipeline: id } });
  const tools = (
    <>
      {pipelines.length < 2 ? null : (
        <Select
          size="sm"
          aria-label={texts.pipeline}
          allowDeselect={false}
          data={pipelines.map(({ id, name }) => ({ value: id, label: name }))}
          value={pipeline?.id ?? null}
          onChange={choose}
        />
      )}
      <NewButton label={texts.newPipeline} onClick={dialog.open} />
    </>
  );
  return (
    <Page title={texts.title} tools={tools}>
      <Text c="dimmed" size="sm" mb="sm">
        {texts.text}
      </Text>
      <FormError error={error} />
      {pipeline === undefined ? (
        error === null ? (
          <Skeleton h={320} />
        ) : null
      ) : (
        <Stack key={pipeline.id} gap="md">
          <Head pipeline={pipeline} others={pipelines.filter((other) => other !== pipeline)} onGone={() => choose(null)} />
          <section className="panel" style={{ padding: 14 }} aria-labelledby="stages">
            <Title order={2} id="stages">
              {texts.stages}
            </Title>
            <Text c="dimmed" size="sm" mb="xs">
              {texts.stagesText}
            </Text>
            <Stages pipeline={pipeline} />
          </section>
          <Reasons pipeline={pipeline} />
        </Stack>
      )}
      <Modal opened={opened} onClose={dialog.close} title={texts.newPipeline}>
        <NewPipeline
          pipelines={pipelines}
          onDone={(id) => {
            dialog.close();
            choose(id);
          }}
        />
      </Modal>
    </Page>
  );
}

/** The name of a pipeline, whether new deals go there, and its end. */
function Head({ pipeline, others, onGone }: { pipeline: Pipeline; others: Pipeline[]; onGone(): void }) {
  const deed = usePipelineDeed();
  const [opened, dialog] = useDisclosure();
  const save = (body: object) => deed.mutate({ method: 'PATCH', path: `/pipelines/${pipeline.id}`, body });
  return (
    <Group gap="sm" align="flex-end">
      <TextInput
        key={pipeline.name}
        label={texts.pipelineName}
        defaultValue={pipeline.name}
        maxLength={200}
        w={{ base: '100%', xs: 320 }}
        onBlur={(event) => {
          const name = event.currentTarget.value.trim();
          if (name !== '' && name !== pipeline.name) save({ name });
        }}
      />
      {pipeline.isDefault ? (
        <Badge variant="light" size="lg" mb={6}>
          {texts.isDefault}
        </Badge>
      ) : (
        <>
          <Button variant="default" onClick={() => save({ isDefault: true })}>
            {texts.makeDefault}
          </Button>
          <Button variant="subtle" color="gray" onClick={dialog.open}>
            {texts.deletePipeline}
          </Button>
        </>
      )}
      <Modal opened={opened} onClose={dialog.close} title={texts.deletePipelineTitle(pipeline.name)}>
        <DeletePipeline pipeline={pipeline} others={others} onDone={onGone} />
      </Modal>
    </Group>
  );
}
