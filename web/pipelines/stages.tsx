import { Button, Group, Modal, NativeSelect, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Problem } from '../api.ts';
import { keyFor } from '../key-for.ts';
import type { Pipeline, Stage } from '../records.ts';
import { usePipelineDeed } from './deeds.ts';
import { MoveDealsAway } from './move-deals-away.tsx';
import { StageRow } from './stage-row.tsx';
import styles from './stages.module.css';
import { texts } from './texts.ts';

/** The stages of a pipeline in order: each is edited where it stands, dragged or moved by its arrows, and deleted. */
export function Stages({ pipeline }: { pipeline: Pipeline }) {
  const deed = usePipelineDeed();
  const [leaving, setLeaving] = useState<Stage | null>(null);
  const { stages } = pipeline;
  const path = ({ key }: Stage) => `/pipelines/${pipeline.id}/stages/${key}`;
  const remove = (stage: Stage) =>
    deed.mutate(
      { method: 'DELETE', path: path(stage) },
      { onError: (error) => error instanceof Problem && error.code === 'stage_holds_deals' && setLeaving(stage) },
    );
  return (
    <Stack gap="xs">
      <div className={styles.heads} aria-hidden>
        <span className={styles.nameHead}>{texts.stage}</span>
        <span className={styles.kindHead}>{texts.kind}</span>
        <span className={styles.numberHead}>{texts.probability}</span>
        <span className={styles.numberHead}>{texts.rotDays}</span>
      </div>
      <ol className={styles.stages} aria-label={texts.stages}>
        {stages.map((stage, index) => (
          <StageRow
            key={stage.key}
            stage={stage}
            before={stages[index - 2]?.key ?? null}
            isFirst={index === 0}
            after={stages[index + 1]?.key}
            above={stages[index - 1]?.key ?? null}
            onSave={(body) => deed.mutate({ method: 'PATCH', path: path(stage), body })}
            onPlace={(moved, after) =>
              deed.mutate({ method: 'PATCH', path: `/pipelines/${pipeline.id}/stages/${moved}`, body: { after } })
            }
            onDelete={() => remove(stage)}
          />
        ))}
      </ol>
      <AddStage pipeline={pipeline} />
      <Modal opened={leaving !== null} onClose={() => setLeaving(null)} title={texts.stageHolds(leaving?.name ?? '')}>
        {leaving === null ? null : <MoveDealsAway pipeline={pipeline} stage={leaving} onDone={() => setLeaving(null)} />}
      </Modal>
    </Stack>
  );
}

function AddStage({ pipeline }: { pipeline: Pipeline }) {
  const deed = usePipelineDeed();
  const [name, setName] = useState('');
  const [kind, setKind] = useState<Stage['kind']>('open');
  const add = () => {
    const taken = pipeline.stages.map((stage) => stage.key);
    const key = keyFor(name, { taken, otherwise: 'stage' });
    const body = { key, name: name.trim(), kind };
    // It begins before the closed ones, where deals still go on.
    const last = pipeline.stages.filter((stage) => stage.kind === 'open').at(-1)?.key ?? null;
    deed.mutate(
      { method: 'POST', path: `/pipelines/${pipeline.id}/stages`, body },
      {
        onSuccess: () => {
          setName('');
          if (kind === 'open')
            deed.mutate({ method: 'PATCH', path: `/pipelines/${pipeline.id}/stages/${key}`, body: { after: last } });
        },
      },
    );
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') add();
      }}
    >
      <Group gap="xs" align="flex-end">
        <TextInput
          size="xs"
          aria-label={texts.newStage}
          placeholder={texts.newStage}
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          aria-label={texts.kind}
          data={Object.entries(texts.kinds).map(([value, label]) => ({ value, label }))}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as Stage['kind'])}
        />
        <Button size="xs" type="submit" variant="default" loading={deed.isPending}>
          {texts.addStage}
        </Button>
      </Group>
    </form>
  );
}
