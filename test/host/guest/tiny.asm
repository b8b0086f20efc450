; The init of the tiny guest: a static ELF program of some 400 bytes, for load tests. Made with: nasm -f bin
; It links /run/current-system to its system as a NixOS init does, tells systemd-nspawn that it is ready, and waits:
; SIGRTMIN+3 and +4 (halt, poweroff) end it, SIGINT (machinectl reboot) reboots, SIGCHLD reaps.
BITS 64
org 0x400000

header:
  db 0x7f, "ELF", 2, 1, 1, 0
  dq 0
  dw 2, 62                      ; executable, x86-64
  dd 1
  dq start, load - header, 0
  dd 0
  dw 64, 56, 1, 0, 0, 0
load:
  dd 1, 7                       ; load, rwx
  dq 0, header, header
  dq end - header, end - header + 4096, 4096

%define SYS_RT_SIGPROCMASK 14
%define SYS_SOCKET 41
%define SYS_SENDTO 44
%define SYS_EXIT_GROUP 231
%define SYS_WAIT4 61
%define SYS_SYMLINK 88
%define SYS_RT_SIGTIMEDWAIT 128
%define SYS_REBOOT 169

start:
  mov rbx, [rsp + 8]            ; argv[0] is TOPLEVEL/init
  mov eax, SYS_RT_SIGPROCMASK   ; first of all: a signal that comes early must wait, not be lost
  xor edi, edi
  mov rsi, signals
  xor edx, edx
  mov r10d, 8
  syscall

  mov rdi, end                  ; the zeroed page behind the file: a copy of argv[0]
  mov rsi, rbx
copy:
  lodsb
  stosb
  test al, al
  jnz copy
  mov byte [rdi - 6], 0         ; without "/init"
  mov rdi, end
  mov rsi, current_system
  mov eax, SYS_SYMLINK
  syscall

  mov eax, SYS_SOCKET
  mov edi, 1                    ; AF_UNIX
  mov esi, 2                    ; SOCK_DGRAM
  xor edx, edx
  syscall
  mov edi, eax
  mov rsi, ready
  mov edx, ready_length
  xor r10d, r10d
  mov r8, notify
  mov r9d, notify_length
  mov eax, SYS_SENDTO
  syscall

wait_for_signal:
  mov rdi, signals
  xor esi, esi
  xor edx, edx
  mov r10d, 8
  mov eax, SYS_RT_SIGTIMEDWAIT
  syscall
  cmp eax, 37                   ; SIGRTMIN+3
  je finish
  cmp eax, 38                   ; SIGRTMIN+4
  je finish
  cmp eax, 2                    ; SIGINT
  je restart
  cmp eax, 17                   ; SIGCHLD
  jne wait_for_signal
reap:
  mov edi, -1
  xor esi, esi
  mov edx, 1                    ; WNOHANG
  xor r10d, r10d
  mov eax, SYS_WAIT4
  syscall
  test eax, eax
  jg reap
  jmp wait_for_signal

restart:
  mov edi, 0xfee1dead
  mov esi, 672274793
  mov edx, 0x01234567           ; LINUX_REBOOT_CMD_RESTART
  mov eax, SYS_REBOOT
  syscall
finish:
  xor edi, edi
  mov eax, SYS_EXIT_GROUP
  syscall

current_system: db "/run/current-system", 0
ready: db "READY=1", 10, "STATUS=Ready.", 10
ready_length equ $ - ready
notify: dw 1
  db "/run/host/notify"
notify_length equ $ - notify
signals: dq -1
end:
