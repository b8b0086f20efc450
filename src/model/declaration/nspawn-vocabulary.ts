import type { Vocabulary } from './overrides.ts';

/** The settings of systemd.nspawn(5), as of systemd 262. */
export const NSPAWN_SETTINGS: Vocabulary = {
  Exec: words(`
    AmbientCapability Boot CPUAffinity Capability DropCapability Environment Ephemeral Hostname KillSignal
    LimitAS LimitCORE LimitCPU LimitDATA LimitFSIZE LimitLOCKS LimitMEMLOCK LimitMSGQUEUE LimitNICE
    LimitNOFILE LimitNPROC LimitRSS LimitRTPRIO LimitRTTIME LimitSIGPENDING LimitSTACK LinkJournal MachineID
    NoNewPrivileges NotifyReady OOMScoreAdjust Parameters Personality PivotRoot PrivateUsers
    PrivateUsersDelegate ProcessTwo ResolvConf RestrictAddressFamilies SuppressSync SystemCallFilter
    Timezone User WorkingDirectory
  `),
  Files: words(`
    Bind BindReadOnly BindUser BindUserShell Inaccessible Overlay OverlayReadOnly PrivateUsersChown
    PrivateUsersOwnership ReadOnly TemporaryFileSystem Volatile
  `),
  Network: words(`
    Bridge IPVLAN Interface MACVLAN NamespacePath Port Private VirtualEthernet VirtualEthernetExtra Zone
  `),
};

/** Settings that systemd 257, the oldest that we run on, does not have: `Section.Setting`. */
export const NSPAWN_SINCE_258: ReadonlySet<string> = new Set(
  words(`
    Exec.PrivateUsersDelegate Exec.RestrictAddressFamilies Files.BindUserShell Network.NamespacePath
  `),
);

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}
