import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';

export interface DovecotPlace {
  folder: string;
  ports: { imap: number; imaps: number; lmtp: number; auth: number };
  tls: { cert: string; key: string };
}

/** The whole configuration of a Dovecot 2.3 that needs nothing outside its folder. */
export function dovecotConfig({ folder, ports, tls }: DovecotPlace): string {
  const isRoot = process.getuid?.() === 0;
  const me = userInfo();
  const mail = isRoot ? { uid: 'nobody', gid: groupOf('nobody') } : { uid: me.username, gid: groupOf(me.username) };
  // Without root every process runs as ourselves.
  const internal = isRoot
    ? ''
    : `default_internal_user = ${me.username}\ndefault_login_user = ${me.username}\ndefault_internal_group = ${mail.gid}`;
  return `
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
${internal}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = ${mail.uid}
mail_gid = ${mail.gid}
mail_location = sdbox:~/mail
ssl = yes
ssl_cert = <${tls.cert}
ssl_key = <${tls.key}
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
mail_max_userip_connections = 1000
imap_idle_notify_interval = 2 mins
submission_host = 127.0.0.1:1
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${folder}/users
}
userdb {
  driver = passwd-file
  args = username_format=%u ${folder}/users
  default_fields = uid=${mail.uid} gid=${mail.gid}
  override_fields = home=${folder}/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent { 
    auto = subscribe
    special_use = \\Sent
  }
  mailbox Drafts { 
    auto = subscribe
    special_use = \\Drafts
  }
  mailbox Trash { 
    auto = subscribe
    special_use = \\Trash
  }
  mailbox Junk { 
    auto = subscribe
    special_use = \\Junk
  }
  mailbox Archive { 
    auto = subscribe
    special_use = \\Archive
  }
}
service imap-login {
  chroot =
  service_count = 0
  process_min_avail = 1
  client_limit = 1000
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service imap {
  process_limit = 1000
}
service anvil {
  chroot =
  # Without the growing delays after each wrong password.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service lmtp {
  inet_listener lmtp {
    port = ${ports.lmtp}
  }
}
service auth {
  inet_listener sasl {
    port = ${ports.auth}
  }
}
service stats {
  chroot =
}
`;
}

function groupOf(user: string): string {
  return execFileSync('id', ['-gn', user], { encoding: 'utf8' }).trim();
}
