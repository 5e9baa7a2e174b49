using LastMile.Events.Hosting;
using LastMile.Events.Invalidator;

// Its settings lie beside it, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

builder.AddInvalidator();

var app = builder.Build();

app.UseInvalidator();

return await app.RunServiceAsync();
