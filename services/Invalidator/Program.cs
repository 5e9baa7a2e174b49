using LastMile.Events.Hosting;
using LastMile.Events.Invalidator;

// What arrives is handled where it arrives: to wake another thread for it costs more than most of what is done here (docs/adr/0009).
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

// Its settings lie beside it, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

builder.AddInvalidator();

var app = builder.Build();

app.UseInvalidator();

return await app.RunServiceAsync();
