/*
 * The first process of a task's network namespace. It owns the link-local addresses there (169.254.170.2, where AWS
 * SDKs look for credentials, and 169.254.169.254, where nothing must answer), relays connections to 169.254.170.2 to
 * the files that Roadstead listens on, and waits. It stops on TERM and INT, and leaves no zombies. With names=, it also
 * owns 169.254.169.253, where AWS's resolver is, and leads questions of DNS there to two files: what came over TCP to
 * <path>.tcp, datagrams to <path>.udp, each after its length, with numbers of ours that lead the answers back.
 *
 *   pause 80=/run/roadstead/endpoint.sock names=/run/roadstead/dns-us-east-1-vpc-1 ...
 *
 * A door may be at an address of its own (127.255.0.1:8080=/run/roadstead/web.sock). One with a second port
 * (127.255.0.1:8080@15100=...) listens at 127.0.0.1 and that port, and the kernel redirects there what the task calls at
 * the first: a container may have that one. So does 0.0.0.0:8080@15100=..., for what comes from outside; the container
 * is still called at its port from within. With dial=, who connects to that file and writes an IPv4 address and a port
 * (six bytes, network order) is connected to it from inside the namespace; one zero byte says that it is done.
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
  SYS_socket = 41, SYS_connect = 42, SYS_sendmsg = 46, SYS_recvmsg = 47, SYS_shutdown = 48, SYS_bind = 49, SYS_listen = 50, SYS_setsockopt = 54,
  SYS_getsockopt = 55, SYS_umask = 95,
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
  SYS_socket = 198, SYS_connect = 203, SYS_sendmsg = 211, SYS_recvmsg = 212, SYS_shutdown = 210, SYS_bind = 200, SYS_listen = 201, SYS_setsockopt = 208,
  SYS_getsockopt = 209, SYS_umask = 166,
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

enum { AF_UNIX = 1, AF_INET = 2, AF_NETLINK = 16, NETLINK_NETFILTER = 12, SOCK_RAW = 3, SOCK_STREAM = 1, SOCK_DGRAM = 2, NONBLOCK = 04000, CLOEXEC = 02000000 };
enum { SIOCSIFADDR = 0x8916, SIOCSIFNETMASK = 0x891c, SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_ERROR = 4, SHUT_WR = 1 };
enum { POLLIN = 1, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, EAGAIN = 11, EINTR = 4, EINPROGRESS = 115, SIGINT = 2, SIGTERM = 15, SIGCHLD = 17 };

struct sockaddr_in { u16 family; u16 port; u8 address[4]; u8 zero[8]; };
struct sockaddr_un { u16 family; char path[108]; };
struct ifreq { char name[16]; struct sockaddr_in address; u8 rest[8]; };
struct pollfd { int fd; short events; short revents; };
struct iovec { void *base; u64 size; };
struct msghdr { void *name; u32 name_size; struct iovec *parts; u64 count; void *control; u64 control_size; int flags; };
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

#define DOORS 128
#define RELAYS 1024
#define BUFFER 16384

/* A port inside and the file it leads to; without a path, the file through which others are called from here. */
static struct { int fd; const char *path; } door[DOORS];
static int doors;

/* One direction of a relay: what was read from one side and is not yet written to the other. */
struct flow { u32 from, to; u8 ended, told; u8 bytes[BUFFER]; };
/* Side 0 is the task's connection, side 1 ours; flow n goes out of side n. */
enum { FREE, RELAYING, ASKED, CALLING };
static struct { int fd[2]; u8 state; struct flow flow[2]; } relay[RELAYS];

/* A socket of a type at an address of ours. */
static long open_socket(int type, u32 port, const u8 *address) {
  struct sockaddr_in at = {AF_INET, (u16)(port << 8 | port >> 8), {address[0], address[1], address[2], address[3]}, {0}};
  int one = 1;
  long fd = call(SYS_socket, AF_INET, type | NONBLOCK | CLOEXEC, 0, 0, 0);
  call(SYS_setsockopt, fd, SOL_SOCKET, SO_REUSEADDR, (long)&one, sizeof one);
  if (call(SYS_bind, fd, (long)&at, sizeof at, 0, 0) < 0) leave(1, "pause: cannot bind\n");
  return fd;
}

static void add_door(long fd, const char *path) {
  if (doors == DOORS || call(SYS_listen, fd, 1024, 0, 0, 0) < 0) leave(1, "pause: cannot listen\n");
  door[doors].fd = (int)fd;
  door[doors++].path = path;
}

static u32 number_at(const char **text) {
  u32 value = 0;
  while (**text >= '0' && **text <= '9') value = value * 10 + (u32)(*(*text)++ - '0');
  return value;
}

/*
 * Redirection of packets: a transaction of nf_tables, written as netlink messages. The table belongs to the namespace,
 * like everything else here.
 */
enum { REQUEST = 1, ACK = 4, CREATE = 0x400, APPEND = 0x800, NESTED = 0x8000, TABLES = 10, ERROR = 2 };
enum { BEGIN = 16, END = 17, TABLE = TABLES << 8, CHAIN = TABLES << 8 | 3, RULE = TABLES << 8 | 6 };
enum { INBOUND = 0, OUTBOUND = 3 };
static u8 batch[2048] __attribute__((aligned(4)));
static u32 batched, asked_for;

static void put(const void *bytes, u32 size) {
  memcpy(batch + batched, bytes, size);
  batched = (batched + size + 3) & ~3u;
}

/* Begins a message or a nested attribute; the length is written when it ends. */
static u32 message(u16 type, u16 flags, u16 family, u16 resource) {
  u32 at = batched;
  struct { u32 size; u16 type, flags; u32 sequence, port; u8 family, version; u16 resource; } head =
    {0, type, (u16)(REQUEST | flags), 0, 0, (u8)family, 0, (u16)(resource << 8 | resource >> 8)};
  put(&head, sizeof head);
  asked_for += flags & ACK ? 1 : 0;
  return at;
}
static void message_end(u32 at) { *(u32 *)(batch + at) = batched - at; }
static u32 nest(u16 type) {
  u32 at = batched;
  u16 head[2] = {0, (u16)(type | NESTED)};
  put(head, sizeof head);
  return at;
}
static void nest_end(u32 at) { *(u16 *)(batch + at) = (u16)(batched - at); }

static void attribute(u16 type, const void *bytes, u32 size) {
  u16 head[2] = {(u16)(4 + size), type};
  put(head, sizeof head);
  put(bytes, size);
}
static void text(u16 type, const char *value) {
  u32 size = 0;
  while (value[size++]);
  attribute(type, value, size);
}
static void number(u16 type, u32 value) {
  value = __builtin_bswap32(value);
  attribute(type, &value, sizeof value);
}

/* One expression of a rule: its name, then its attributes, then expression_end. */
static u32 element, expression;
static void expression_begin(const char *name) {
  element = nest(1);
  text(1, name);
  expression = nest(2);
}
static void expression_end(void) {
  nest_end(expression);
  nest_end(element);
}
static void data(u16 type, const void *bytes, u32 size) {
  u32 at = nest(type);
  attribute(1, bytes, size);
  nest_end(at);
}
static void load_meta(u32 key) {
  expression_begin("meta"), number(1, 1), number(2, key), expression_end();
}
static void load(u32 header, u32 offset, u32 size) {
  expression_begin("payload"), number(1, 1), number(2, header), number(3, offset), number(4, size), expression_end();
}
static void compare(u32 unequal, const void *bytes, u32 size) {
  expression_begin("cmp"), number(1, 1), number(2, unequal), data(3, bytes, size), expression_end();
}

/* Has what goes to a port, of an address of ours or from outside, go to another one here. */
static void redirect(u32 hook, const u8 *address, u32 port, u32 other) {
  static const u8 tcp = 6;
  static const u32 loopback = 1;
  static const char table[] = "roadstead-doors";
  const char *chain = hook == OUTBOUND ? "out" : "in";
  u16 from = (u16)(port << 8 | port >> 8), to = (u16)(other << 8 | other >> 8);
  batched = asked_for = 0;
  message_end(message(BEGIN, 0, 0, TABLES));
  u32 at = message(TABLE, CREATE | ACK, AF_INET, 0);
  text(1, table);
  message_end(at);
  at = message(CHAIN, CREATE | ACK, AF_INET, 0);
  text(1, table), text(3, chain), text(7, "nat");
  u32 inner = nest(4);
  /* Priority -100: where addresses are translated. */
  number(1, hook), number(2, (u32)-100);
  nest_end(inner);
  message_end(at);
  at = message(RULE, CREATE | APPEND | ACK, AF_INET, 0);
  text(1, table), text(2, chain);
  inner = nest(4);
  if (hook == OUTBOUND) load(1, 16, 4), compare(0, address, 4);
  else load_meta(4), compare(1, &loopback, sizeof loopback);
  load_meta(16), compare(0, &tcp, 1);
  load(2, 2, 2), compare(0, &from, sizeof from);
  expression_begin("immediate"), number(1, 1), data(2, &to, sizeof to), expression_end();
  expression_begin("redir"), number(1, 1), number(2, 1), expression_end();
  nest_end(inner);
  message_end(at);
  message_end(message(END, 0, 0, TABLES));
  long fd = call(SYS_socket, AF_NETLINK, SOCK_RAW | CLOEXEC, NETLINK_NETFILTER, 0, 0);
  int failed = fd < 0 || call(SYS_write, fd, (long)batch, batched, 0, 0) != batched;
  while (!failed && asked_for) {
    static u8 answers[8192] __attribute__((aligned(4)));
    long size = call(SYS_read, fd, (long)answers, sizeof answers, 0, 0);
    if (size < 20) failed = 1;
    for (u32 i = 0; !failed && i + 20 <= (u32)size; i += (*(u32 *)(answers + i) + 3) & ~3u) {
      failed = *(u16 *)(answers + i + 4) != ERROR || *(int *)(answers + i + 16) != 0;
      asked_for--;
    }
  }
  if (failed) leave(1, "pause: the kernel does not redirect packets (nf_tables with nat)\n");
  call(SYS_close, fd, 0, 0, 0, 0);
}

static void open_door(const char *text) {
  u8 address[4] = {169, 254, 170, 2};
  u32 port = number_at(&text);
  if (*text == '.') {
    address[0] = (u8)port;
    for (int i = 1; i < 4; i++) {
      if (*text++ != '.') leave(1, "pause: not an address\n");
      address[i] = (u8)number_at(&text);
    }
    if (*text++ != ':') leave(1, "pause: no port\n");
    port = number_at(&text);
  }
  if (*text == '@') {
    text++;
    u32 other = number_at(&text);
    int outbound = address[0] != 0;
    redirect(outbound ? OUTBOUND : INBOUND, address, port, other);
    if (outbound) address[0] = 127, address[1] = 0, address[2] = 0, address[3] = 1;
    port = other;
  }
  if (*text++ != '=' || port == 0 || port > 65535) leave(1, "pause: not port=path\n");
  add_door(open_socket(SOCK_STREAM, port, address), text);
}

/* Where others are called from here: who may open the folder may connect. */
static void open_dial(const char *path) {
  struct sockaddr_un at = {AF_UNIX, {0}};
  for (int i = 0; i < 107 && path[i]; i++) at.path[i] = path[i];
  call(SYS_umask, 0, 0, 0, 0, 0);
  long fd = call(SYS_socket, AF_UNIX, SOCK_STREAM | NONBLOCK | CLOEXEC, 0, 0, 0);
  if (call(SYS_bind, fd, (long)&at, sizeof at, 0, 0) < 0) leave(1, "pause: cannot bind the file\n");
  add_door(fd, 0);
}

/* A connection to a file; negative when nobody listens there. */
static long reach(const char *path) {
  struct sockaddr_un to = {AF_UNIX, {0}};
  for (int i = 0; i < 107 && path[i]; i++) to.path[i] = path[i];
  long server = call(SYS_socket, AF_UNIX, SOCK_STREAM | NONBLOCK | CLOEXEC, 0, 0, 0);
  if (call(SYS_connect, server, (long)&to, sizeof to, 0, 0) == 0) return server;
  call(SYS_close, server, 0, 0, 0, 0);
  return -1;
}

static int free_relay(void) {
  for (int i = 0; i < RELAYS; i++) if (relay[i].state == FREE) return i;
  return -1;
}

static void enter(int number) {
  int slot = free_relay();
  if (slot < 0) return;
  const char *path = door[number].path;
  long client = call(SYS_accept4, door[number].fd, 0, 0, NONBLOCK | CLOEXEC, 0);
  if (client < 0) return;
  long server = path ? reach(path) : client;
  if (server < 0) {
    call(SYS_close, client, 0, 0, 0, 0);
    return;
  }
  relay[slot].state = path ? RELAYING : ASKED;
  relay[slot].fd[0] = path ? (int)client : -1;
  relay[slot].fd[1] = (int)server;
  for (int side = 0; side < 2; side++) {
    struct flow *flow = &relay[slot].flow[side];
    flow->from = flow->to = 0;
    flow->ended = flow->told = 0;
  }
}

/* Begins to call whoever is asked for. Returns 0 when it cannot be. */
static int dial(int slot) {
  struct sockaddr_in to = {AF_INET, 0, {0}, {0}};
  u8 who[6];
  if (call(SYS_read, relay[slot].fd[1], (long)who, sizeof who, 0, 0) != sizeof who) return 0;
  for (int i = 0; i < 4; i++) to.address[i] = who[i];
  to.port = (u16)(who[5] << 8 | who[4]);
  relay[slot].fd[0] = (int)call(SYS_socket, AF_INET, SOCK_STREAM | NONBLOCK | CLOEXEC, 0, 0, 0);
  relay[slot].state = CALLING;
  long result = call(SYS_connect, relay[slot].fd[0], (long)&to, sizeof to, 0, 0);
  return result == 0 || result == -EINPROGRESS;
}

/* The call was answered or refused. Returns 0 when it was refused. */
static int answered(int slot) {
  int error = 0, size = sizeof error;
  u8 yes = 0;
  call(SYS_getsockopt, relay[slot].fd[0], SOL_SOCKET, SO_ERROR, (long)&error, (long)&size);
  relay[slot].state = RELAYING;
  return error == 0 && call(SYS_write, relay[slot].fd[1], (long)&yes, 1, 0, 0) == 1;
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
  for (int side = 0; side < 2; side++)
    if (relay[slot].fd[side] >= 0) call(SYS_close, relay[slot].fd[side], 0, 0, 0, 0);
  relay[slot].state = FREE;
}

/* What a side is waited for: to be read while its flow is empty, to be written while the other's is not. */
static short wanted(int slot, int side) {
  struct flow *out = &relay[slot].flow[side], *in = &relay[slot].flow[1 - side];
  return (short)((!out->ended && out->from == out->to ? POLLIN : 0) | (in->from < in->to ? POLLOUT : 0));
}

#define ASKERS 256
#define MESSAGE 4096

/* Questions under way: the low byte of our number is the place, the high one tells rounds apart. */
static struct { struct sockaddr_in from; u16 id, number; } asker[ASKERS];
static u16 asked;
/* The socket of datagrams, the connection to their file, and what of an answer has come so far. */
static int datagrams = -1, names = -1;
static char names_file[112], names_stream[112];
static u8 coming[2 + 65535];
static u32 came;

static void forget_names(void) {
  if (names >= 0) call(SYS_close, names, 0, 0, 0, 0);
  names = -1;
  came = 0;
}

static void open_names(const char *path) {
  int size = 0;
  while (path[size]) size++;
  if (size > 102) leave(1, "pause: the path is too long\n");
  for (int i = 0; i < size; i++) names_file[i] = names_stream[i] = path[i];
  for (int i = 0; i < 4; i++) names_file[size + i] = ".udp"[i], names_stream[size + i] = ".tcp"[i];
  own("lo:3", 169, 253);
  static const u8 resolver[4] = {169, 254, 169, 253};
  add_door(open_socket(SOCK_STREAM, 53, resolver), names_stream);
  datagrams = (int)open_socket(SOCK_DGRAM, 53, resolver);
}

static long transfer(long what, int fd, struct sockaddr_in *other, void *bytes, u64 size) {
  struct iovec part = {bytes, size};
  struct msghdr message = {other, sizeof *other, &part, 1, 0, 0, 0};
  return call(what, fd, (long)&message, 0, 0, 0);
}

/* A question: under our number to the file. What cannot be written at once is lost, as datagrams are. */
static void ask(void) {
  static u8 question[2 + MESSAGE];
  struct sockaddr_in from;
  long size = transfer(SYS_recvmsg, datagrams, &from, question + 2, MESSAGE);
  if (size < 12) return;
  if (names < 0) names = (int)reach(names_file);
  if (names < 0) return;
  u16 number = asked++;
  int place = number % ASKERS;
  asker[place].from = from;
  asker[place].id = (u16)(question[2] << 8 | question[3]);
  asker[place].number = number;
  question[0] = (u8)(size >> 8), question[1] = (u8)size;
  question[2] = (u8)(number >> 8), question[3] = (u8)number;
  long written = call(SYS_write, names, (long)question, size + 2, 0, 0);
  if (written != size + 2 && written != -EAGAIN) forget_names();
}

/* Answers: each to whoever asked under its number. */
static void tell(void) {
  long size = call(SYS_read, names, (long)(coming + came), (long)(sizeof coming - came), 0, 0);
  if (size == -EAGAIN || size == -EINTR) return;
  if (size <= 0) {
    forget_names();
    return;
  }
  came += (u32)size;
  u32 at = 0;
  while (came - at >= 2) {
    u32 length = (u32)(coming[at] << 8 | coming[at + 1]);
    u8 *answer = coming + at + 2;
    if (came - at < 2 + length) break;
    if (length >= 12) {
      u16 number = (u16)(answer[0] << 8 | answer[1]);
      int place = number % ASKERS;
      if (asker[place].number == number && asker[place].from.port) {
        answer[0] = (u8)(asker[place].id >> 8), answer[1] = (u8)asker[place].id;
        transfer(SYS_sendmsg, datagrams, &asker[place].from, answer, length);
        asker[place].from.port = 0;
      }
    }
    at += 2 + length;
  }
  for (u32 i = at; i < came; i++) coming[i - at] = coming[i];
  came -= at;
}

static struct pollfd polled[1 + DOORS + 2 * RELAYS + 2];
static int owner[2 * RELAYS];

/* What follows a beginning; 0 when a text begins otherwise. */
static const char *after(const char *text, const char *begin) {
  while (*begin && *text == *begin) text++, begin++;
  return *begin ? 0 : text;
}

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
  for (int i = 1; i < count; i++) {
    const char *names_at = after(arguments[i], "names="), *dial_at = after(arguments[i], "dial=");
    if (names_at) open_names(names_at);
    else if (dial_at) open_dial(dial_at);
    else open_door(arguments[i]);
  }
  for (;;) {
    int size = 0, room = free_relay() >= 0;
    polled[size++] = (struct pollfd){(int)signals, POLLIN, 0};
    for (int i = 0; i < doors; i++) polled[size++] = (struct pollfd){door[i].fd, room ? POLLIN : 0, 0};
    int first = size;
    for (int slot = 0; slot < RELAYS; slot++) {
      int state = relay[slot].state;
      if (state == FREE) continue;
      for (int side = 0; side < 2; side++) {
        short calls = state == ASKED ? (side ? POLLIN : 0) : (side ? 0 : POLLOUT);
        short events = state == RELAYING ? wanted(slot, side) : calls;
        /* A side that nothing is wanted of is left out: its hang-up would wake us for ever. It ends a call. */
        polled[size] = (struct pollfd){events || state != RELAYING ? relay[slot].fd[side] : -1, events, 0};
        owner[size++ - first] = slot;
      }
    }
    int last = size;
    polled[size++] = (struct pollfd){datagrams, POLLIN, 0};
    polled[size++] = (struct pollfd){names, POLLIN, 0};
    if (call(SYS_ppoll, (long)polled, size, 0, 0, sizeof stop) < 0) continue;
    if (polled[0].revents) leave(0, "");
    if (polled[last].revents) ask();
    /* By number: the question may have opened or closed it. */
    if (polled[last + 1].revents && names == polled[last + 1].fd) tell();
    for (int i = first; i < last; i += 2) {
      int slot = owner[i - first];
      if (!polled[i].revents && !polled[i + 1].revents) continue;
      int alive;
      if (relay[slot].state == ASKED) alive = dial(slot);
      else if (relay[slot].state == CALLING) alive = !polled[i + 1].revents && answered(slot);
      else alive = move(slot, 0) && move(slot, 1);
      if (!alive || (relay[slot].flow[0].told && relay[slot].flow[1].told)) end(slot);
    }
    for (int i = 0; i < doors; i++) if (polled[1 + i].revents & POLLIN) enter(i);
  }
}
