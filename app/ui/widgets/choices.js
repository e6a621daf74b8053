// props: title (of the group), value: [{title, src or ''}], chosen: index or -1, own: address of the visitor's own picture, which
// stands behind the others, or ''. Event: pick {index}.
let buttons = [];
const mark = (index) => buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(i === index)));
const draw = () => {
  const own = props.own ? [{ title: 'yours', hint: 'your own picture', src: props.own }] : [];
  buttons = [...(props.value || []), ...own].map((item, index) => {
    const parts = [item.src ? h('img', 'lab-pixels', null, { src: item.src, alt: '' }) : null, h('span', '', item.title)];
    const button = h('button', item.src ? 'lab-choice lab-pictured' : 'lab-choice', parts, { type: 'button', title: item.hint || item.title });
    button.addEventListener('click', () => { mark(index); tell('pick', { index }); });
    return button;
  });
  root().replaceChildren(h('p', 'lab-label', props.title), h('div', 'lab-shelf', buttons, { role: 'group', 'aria-label': props.title }));
  mark(props.chosen);
};
watch('value', draw);
watch('own', draw);
watch('chosen', () => mark(props.chosen));
draw();
