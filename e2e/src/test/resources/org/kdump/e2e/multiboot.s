# A kernel that tells on the first serial port how it was started, and resets the machine. With MB2 defined it is one of
# Multiboot Specification 2, else of 1.
    .code32
    .globl _start
    .section .text
    .ifdef MB2
    .align 8
header:
    .long 0xe85250d6, 0, header_end - header, -(0xe85250d6 + (header_end - header))
    .short 1, 0             # information request: memory, memory map
    .long 16, 4, 6
    .short 10, 0            # relocatable from 2 MiB on, in steps of 2 MiB
    .long 24, 0x200000, 0x3fffffff, 0x200000, 1
    .short 0, 0
    .long 8
header_end:
    .set MAGIC, 0x36d76289
    .else
    .align 4
    .long 0x1badb002, 3, -(0x1badb002 + 3)
    .set MAGIC, 0x2badb002
    .endif

_start:
    call 1f
1:  pop %ebp
    sub $1b, %ebp           # where it lies, less where it was linked for
    lea stack(%ebp), %esp
    cmp $MAGIC, %eax
    jne reset
    lea started(%ebp), %esi
    call text
    .ifdef MB2
    lea 8(%ebx), %edi
tag:
    mov (%edi), %eax
    test %eax, %eax
    jz reset
    cmp $1, %eax
    jne 2f
    lea command_line(%ebp), %esi
    call text
    lea 8(%edi), %esi
    call text
2:  cmpl $3, (%edi)
    jne 3f
    lea 16(%edi), %esi
    mov 8(%edi), %edx
    call module
3:  mov 4(%edi), %eax
    add $7, %eax
    and $-8, %eax
    add %eax, %edi
    jmp tag
    .else
    lea command_line(%ebp), %esi
    call text
    mov 16(%ebx), %esi
    call text
    mov 24(%ebx), %edi
    mov 20(%ebx), %ecx
    test %ecx, %ecx
    jz reset
    mov 8(%edi), %esi
    mov (%edi), %edx
    call module
    .endif

reset:
    lea end(%ebp), %esi
    call text
    mov $0xfe, %al          # the keyboard controller's line to the processor
    out %al, $0x64
4:  hlt
    jmp 4b

# ESI: its command line, EDX: its content, a text
module:
    push %edx
    push %esi
    lea module_text(%ebp), %esi
    call text
    pop %esi
    call text
    lea content(%ebp), %esi
    call text
    pop %esi
    call text
    ret

# ESI: a text ended by NUL
text:
    mov $0x3fd, %dx
5:  in %dx, %al
    test $0x20, %al
    jz 5b
    lodsb
    test %al, %al
    jz 6f
    mov $0x3f8, %dx
    out %al, %dx
    jmp text
6:  ret

    .section .data
started:      .asciz "multiboot kernel started"
command_line: .asciz "; command line: "
module_text:  .asciz "; module: "
content:      .asciz "; content: "
end:          .asciz "; end\r\n"
    .section .bss
    .space 4096
stack:
