import type { ReactNode } from 'react';
import styles from './record-layout.module.css';

/** A record's page: fields at the left, its story at the right; one under the other where it is narrow. */
export function RecordLayout({ fields, children }: { fields: ReactNode; children: ReactNode }) {
  return (
    <div className={styles.layout}>
      <aside className={`panel ${styles.fields}`}>{fields}</aside>
      <section className={styles.story}>{children}</section>
    </div>
  );
}
