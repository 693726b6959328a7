import { Badge } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { tagsQuery } from './tags.ts';

/** A tag by its name, with a spot of its colour. */
export function TagBadge({ id }: { id: string }) {
  const { data } = useQuery(tagsQuery);
  const tag = data?.data.find((one) => one.id === id);
  if (tag === undefined) return null;
  return (
    <Badge variant="default" size="sm" leftSection={<Spot color={tag.color} />}>
      {tag.name}
    </Badge>
  );
}

/** A small round of a colour; of none when there is none. */
export function Spot({ color }: { color: string | null }) {
  if (color === null) return null;
  return <span aria-hidden style={{ display: 'inline-block', width: 8, height: 8, borderRadius: 4, background: color }} />;
}
