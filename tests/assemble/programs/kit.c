// The world `kit`, by hand: what a bindings generator would write, freestanding.
typedef unsigned char u8;
typedef unsigned int u32;

extern u8 __heap_base;
static u32 top;
static u32 live;
static u32 initialized;
static u32 posts;

#ifdef STANDARD_NAMES
#define LOG "cm32p2|demo:kit/log@1"
#define SHAPES "cm32p2|demo:kit/shapes@1|"
#define COUNTERS "cm32p2|demo:kit/counters@1|"
#define OWN_COUNTERS "cm32p2|_ex_demo:kit/counters@1"
#define ROOT "cm32p2||"
#define NEW "counter_new"
#define DTOR "counter_dtor"
#define INITIALIZE "cm32p2_initialize"
#define REALLOC "cm32p2_realloc"
#define POST_GREET "cm32p2||greet_post"
#else
#define LOG "demo:kit/log@1.2.3"
#define SHAPES "demo:kit/shapes@1.2.3#"
#define COUNTERS "demo:kit/counters@1.2.3#"
#define OWN_COUNTERS "[export]demo:kit/counters@1.2.3"
#define ROOT ""
#define NEW "[resource-new]counter"
#define DTOR "[dtor]counter"
#define INITIALIZE "_initialize"
#define REALLOC "cabi_realloc"
#define POST_GREET "cabi_post_greet"
#endif

#define EXPORT(name) __attribute__((export_name(name)))
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))

IMPORT(LOG, "write") void log_write(const u8 *text, u32 length);
IMPORT(OWN_COUNTERS, NEW) u32 counter_new(u32 rep);

EXPORT(INITIALIZE) void initialize(void) {
  initialized = 1;
  top = (u32)&__heap_base;
}

EXPORT(REALLOC) void *cabi_realloc(void *old, u32 old_size, u32 align, u32 size) {
  u32 start = (top + align - 1) & -align;
  top = start + size;
  u32 pages = __builtin_wasm_memory_size(0);
  if (top > pages * 65536 && __builtin_wasm_memory_grow(0, (top - pages * 65536 + 65535) / 65536) == (u32)-1) __builtin_trap();
  u8 *fresh = (u8 *)start;
  for (u32 i = 0; i < old_size; i++) fresh[i] = ((u8 *)old)[i];
  return fresh;
}

static u32 out[4];

static u32 put(u8 *at, const char *text) {
  u32 n = 0;
  while (text[n]) at[n] = text[n], n++;
  return n;
}

EXPORT(ROOT "greet") u32 *greet(const u8 *name, u32 length) {
  static u8 text[256];
  u32 n = put(text, initialized ? "hello, " : "too early, ");
  for (u32 i = 0; i < length && n < 255; i++) text[n++] = name[i];
  text[n++] = '!';
  log_write(text, n);
  out[0] = (u32)text;
  out[1] = n;
  return out;
}

EXPORT(POST_GREET) void greet_post(u32 *result) {
  posts += result == out;
}

struct point {
  int x;
  double y;
};

typedef union {
  unsigned long long bits;
  double real;
} payload;

static double root(double x) {
  return __builtin_sqrt(x);
}

// result<f64, string>: the discriminant at 0, what it carries at 8
static struct {
  u8 is_error;
  union {
    double value;
    struct {
      const char *text;
      u32 length;
    } error;
  };
} area_out;

// The payload of a variant is flattened to what can carry all of its cases: here i64 for f64 and i32.
EXPORT(SHAPES "area") void *area(u32 tag, unsigned long long bits, u32 length) {
  payload given = {bits};
  static const char message[] = "a path needs three points";
  area_out.is_error = 0;
  if (tag == 0) {
    area_out.value = 0;
  } else if (tag == 1) {
    area_out.value = 3 * given.real * given.real;  // close enough for a test, and exact
  } else if (length < 3) {
    area_out.is_error = 1;
    area_out.error.text = message;
    area_out.error.length = sizeof message - 1;
  } else {
    const struct point *p = (const struct point *)(u32)bits;
    double twice = 0;
    for (u32 i = 0; i < length; i++) {
      const struct point *q = &p[(i + 1) % length];
      twice += p[i].x * q->y - q->x * p[i].y;
    }
    area_out.value = root(twice * twice) / 2;
  }
  return &area_out;
}

struct counter {
  u32 next;
  u32 uses;
};

EXPORT(COUNTERS "[constructor]counter") u32 counter_constructor(u32 start) {
  struct counter *made = cabi_realloc(0, 0, 4, sizeof *made);
  made->next = start;
  made->uses = 0;
  live++;
  return counter_new((u32)made);
}

EXPORT(COUNTERS "[method]counter.next") u32 counter_next(struct counter *self) {
  self->uses++;
  return self->next++;
}

EXPORT(COUNTERS "[method]counter.where") struct point *counter_where(struct counter *self) {
  static struct point place;
  place.x = self->next;
  place.y = self->uses + posts * 0.5;
  return &place;
}

EXPORT(COUNTERS "[static]counter.live") u32 counter_live(void) {
  return live;
}

EXPORT(COUNTERS DTOR) void counter_dtor(struct counter *self) {
  self->next = 0;
  live--;
}
