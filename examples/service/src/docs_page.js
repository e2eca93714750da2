document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target, output = form.querySelector("output");
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("input")) if (input.value) query.set(input.name, input.value);
  const headers = {}, body = form.querySelector("textarea"), token = document.getElementById("token").value;
  if (body) headers["content-type"] = body.dataset.type;
  if (token) headers.authorization = `Bearer ${token}`;
  const url = form.dataset.path + (query.size ? `?${query}` : "");
  try {
    const answer = await fetch(url, { method: form.dataset.method.toUpperCase(), headers, body: body?.value });
    const id = answer.headers.get("x-request-id");
    output.textContent = `${answer.status} ${answer.statusText}\nx-request-id: ${id}\n\n${await answer.text()}`;
  } catch (error) {
    output.textContent = error;
  }
});
