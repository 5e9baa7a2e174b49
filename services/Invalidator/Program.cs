using LastMile.Events.Hosting;
using LastMile.Events.Invalidator;

// Reads the settings beside the binary, regardless of the working directory.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });

builder.AddInvalidator();

var app = builder.Build();

app.UseInvalidator();

return await app.RunServiceAsync();
