/*
 * The first process of a task's network namespace. It owns the link-local addresses there (169.254.170.2, where AWS
 * SDKs look for credentials, and 169.254.169.254, where nothing must answer), relays connections to 169.254.170.2 to
 * the files that Roadstead listens on, and waits. It stops on TERM and INT, and leaves no zombies.
 *
 *   pause 80=/run/roadstead/endpoint.sock ...
 *
 * No C library: Linux system calls only, so that the program is a few kilobytes for any Linux of its processor.
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#if defined(__x86_64__)
enum {
  SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_rt_sigaction = 13, SYS_rt_sigprocmask = 14, SYS_ioctl = 16,
  SYS_socket = 41, SYS_connect = 42, SYS_shutdown = 48, SYS_bind = 49, SYS_listen = 50, SYS_setsockopt = 54,
  SYS_exit_group = 231, SYS_ppoll = 271, SYS_accept4 = 288, SYS_signalfd4 = 289
};
static long call(long n, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
}
__asm__(".globl _start\n_start:\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call run\n");
#elif defined(__aarch64__)
enum {
  SYS_read = 63, SYS_write = 64, SYS_close = 57, SYS_rt_sigaction = 134, SYS_rt_sigprocmask = 135, SYS_ioctl = 29,
  SYS_socket = 198, SYS_connect = 203, SYS_shutdown = 210, SYS_bind = 200, SYS_listen = 201, SYS_setsockopt = 208,
  SYS_exit_group = 94, SYS_ppoll = 73, SYS_accept4 = 242, SYS_signalfd4 = 74
};
static long call(long n, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
__asm__(".globl _start\n_start:\n  mov x0, sp\n  bl run\n");
#else
#error "a processor without its system calls"
#endif

enum { AF_UNIX = 1, AF_INET = 2, SOCK_STREAM = 1, SOCK_DGRAM = 2, NONBLOCK = 04000, CLOEXEC = 02000000 };
enum { SIOCSIFADDR = 0x8916, SIOCSIFNETMASK = 0x891c, SOL_SOCKET = 1, SO_REUSEADDR = 2, SHUT_WR = 1 };
enum { POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, EAGAIN = 11, EINTR = 4, SIGINT = 2, SIGTERM = 15, SIGCHLD = 17 };

struct sockaddr_in { u16 family; u16 port; u8 address[4]; u8 zero[8]; };
struct sockaddr_un { u16 family; char path[108]; };
struct ifreq { char name[16]; struct sockaddr_in address; u8 rest[8]; };
struct pollfd { int fd; short events; short revents; };
struct sigaction { u64 handler, flags, restorer, mask; };

/* The compiler makes calls to these from plain assignments. */
void *memset(void *at, int byte, u64 size) {
  for (u64 i = 0; i < size; i++) ((volatile u8 *)at)[i] = (u8)byte;
  return at;
}
void *memcpy(void *to, const void *from, u64 size) {
  for (u64 i = 0; i < size; i++) ((volatile u8 *)to)[i] = ((const u8 *)from)[i];
  return to;
}

__attribute__((noreturn)) static void leave(int code, const char *why) {
  u64 size = 0;
  while (why[size]) size++;
  if (size) call(SYS_write, 2, (long)why, (long)size, 0, 0);
  for (;;) call(SYS_exit_group, code, 0, 0, 0, 0);
}

/* Gives the loopback device one more address, of its own only. */
static void own(const char *name, u8 third, u8 fourth) {
  struct ifreq request = {{0}, {AF_INET, 0, {169, 254, third, fourth}, {0}}, {0}};
  for (int i = 0; name[i]; i++) request.name[i] = name[i];
  long fd = call(SYS_socket, AF_INET, SOCK_DGRAM | CLOEXEC, 0, 0, 0);
  if (call(SYS_ioctl, fd, SIOCSIFADDR, (long)&request, 0, 0) < 0) leave(1, "pause: no address on the loopback device\n");
  request.address = (struct sockaddr_in){AF_INET, 0, {255, 255, 255, 255}, {0}};
  if (call(SYS_ioctl, fd, SIOCSIFNETMASK, (long)&request, 0, 0) < 0) leave(1, "pause: no netmask on the loopback device\n");
  call(SYS_close, fd, 0, 0, 0, 0);
}

#define DOORS 8
#define RELAYS 128
#define BUFFER 16384

/* A port inside and the file it leads to. */
static struct { int fd; const char *path; } door[DOORS];
static int doors;

/* One direction of a relay: what was read from one side and is not yet written to the other. */
struct flow { u32 from, to; u8 ended, told; u8 bytes[BUFFER]; };
/* Side 0 is the task's connection, side 1 ours; flow n goes out of side n. */
static struct { int fd[2]; u8 used; struct flow flow[2]; } relay[RELAYS];

static void open_door(const char *text) {
  u32 port = 0;
  while (*text >= '0' && *text <= '9') port = port * 10 + (u32)(*text++ - '0');
  if (*text++ != '=' || port == 0 || port > 65535 || doors == DOORS) leave(1, "pause: not port=path\n");
  struct sockaddr_in at = {AF_INET, (u16)(port << 8 | port >> 8), {169, 254, 170, 2}, {0}};
  int one = 1;
  long fd = call(SYS_socket, AF_INET, SOCK_STREAM | NONBLOCK | CLOEXEC, 0, 0, 0);
  call(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof one);
  if (call(SYS_bind, fd, (long)&at, sizeof at, 0, 0) < 0 || call(SYS_listen, fd, 64, 0, 0, 0) < 0)
    leave(1, "pause: cannot listen\n");
  door[doors].fd = (int)fd;
  door[doors++].path = text;
}

static int free_relay(void) {
  for (int i = 0; i < RELAYS; i++) if (!relay[i].used) return i;
  return -1;
}

static void enter(int number) {
  int slot = free_relay();
  if (slot < 0) return;
  long client = call(SYS_accept4, door[number].fd, 0, 0, NONBLOCK | CLOEXEC, 0);
  if (client < 0) return;
  struct sockaddr_un to = {AF_UNIX, {0}};
  for (int i = 0; i < 107 && door[number].path[i]; i++) to.path[i] = door[number].path[i];
  long server = call(SYS_socket, AF_UNIX, SOCK_STREAM | NONBLOCK | CLOEXEC, 0, 0, 0);
  if (call(SYS_connect, server, (long)&to, sizeof to, 0, 0) < 0) {
    call(SYS_close, server, 0, 0, 0, 0);
    call(SYS_close, client, 0, 0, 0, 0);
    return;
  }
  relay[slot].used = 1;
  relay[slot].fd[0] = (int)client;
  relay[slot].fd[1] = (int)server;
  for (int side = 0; side < 2; side++) {
    struct flow *flow = &relay[slot].flow[side];
    flow->from = flow->to = 0;
    flow->ended = flow->told = 0;
  }
}

/* Moves what can be moved out of one side. Returns 0 when the connection is broken. */
static int move(int slot, int side) {
  struct flow *flow = &relay[slot].flow[side];
  int source = relay[slot].fd[side], target = relay[slot].fd[1 - side];
  if (!flow->ended && flow->from == flow->to) {
    long size = call(SYS_read, source, (long)flow->bytes, BUFFER, 0, 0);
    if (size < 0 && size != -EAGAIN && size != -EINTR) return 0;
    if (size == 0) flow->ended = 1;
    flow->from = 0;
    flow->to = size > 0 ? (u32)size : 0;
  }
  if (flow->from < flow->to) {
    long size = call(SYS_write, target, (long)(flow->bytes + flow->from), flow->to - flow->from, 0, 0);
    if (size < 0 && size != -EAGAIN && size != -EINTR) return 0;
    if (size > 0) flow->from += (u32)size;
  }
  if (flow->ended && flow->from == flow->to && !flow->told) {
    flow->told = 1;
    call(SYS_shutdown, target, SHUT_WR, 0, 0, 0);
  }
  return 1;
}

static void end(int slot) {
  call(SYS_close, relay[slot].fd[0], 0, 0, 0, 0);
  call(SYS_close, relay[slot].fd[1], 0, 0, 0, 0);
  relay[slot].used = 0;
}

/* What a side is waited for: to be read while its flow is empty, to be written while the other's is not. */
static short wanted(int slot, int side) {
  struct flow *out = &relay[slot].flow[side], *in = &relay[slot].flow[1 - side];
  return (short)((!out->ended && out->from == out->to ? POLLIN : 0) | (in->from < in->to ? POLLOUT : 0));
}

static struct pollfd polled[1 + DOORS + 2 * RELAYS];
static int owner[2 * RELAYS];

__attribute__((noreturn, used)) void run(u64 *stack) {
  int count = (int)stack[0];
  char **arguments = (char **)(stack + 1);
  struct sigaction ignore = {1, 0, 0, 0};
  u64 stop = 1ul << (SIGTERM - 1) | 1ul << (SIGINT - 1);
  call(SYS_rt_sigaction, SIGCHLD, (long)&ignore, 0, sizeof stop, 0);
  call(SYS_rt_sigprocmask, 0, (long)&stop, 0, sizeof stop, 0);
  /* SIGPIPE: a write to a closed connection is an error, not the end. */
  call(SYS_rt_sigaction, 13, (long)&ignore, 0, sizeof stop, 0);
  long signals = call(SYS_signalfd4, -1, (long)&stop, sizeof stop, CLOEXEC, 0);
  own("lo:1", 170, 2);
  own("lo:2", 169, 254);
  for (int i = 1; i < count; i++) open_door(arguments[i]);
  for (;;) {
    int size = 0, room = free_relay() >= 0;
    polled[size++] = (struct pollfd){(int)signals, POLLIN, 0};
    for (int i = 0; i < doors; i++) polled[size++] = (struct pollfd){door[i].fd, room ? POLLIN : 0, 0};
    int first = size;
    for (int slot = 0; slot < RELAYS; slot++) {
      if (!relay[slot].used) continue;
      for (int side = 0; side < 2; side++) {
        short events = wanted(slot, side);
        /* A side that nothing is wanted of is left out: its hang-up would wake us for ever. */
        polled[size] = (struct pollfd){events ? relay[slot].fd[side] : -1, events, 0};
        owner[size++ - first] = slot;
      }
    }
    if (call(SYS_ppoll, (long)polled, size, 0, 0, sizeof stop) < 0) continue;
    if (polled[0].revents) leave(0, "");
    for (int i = first; i < size; i += 2) {
      int slot = owner[i - first];
      if (!polled[i].revents && !polled[i + 1].revents) continue;
      int alive = move(slot, 0) && move(slot, 1);
      if (!alive || (relay[slot].flow[0].told && relay[slot].flow[1].told)) end(slot);
    }
    for (int i = 0; i < doors; i++) if (polled[1 + i].revents & POLLIN) enter(i);
  }
}
